/**
 * Complete pieces → disk → verdict, and who is to blame for a false one (DESIGN 6, PROMISES C12).
 *
 * A false piece with one sender names that sender. With several, all are on parole, the digests of their blocks are
 * kept, and when the piece passes later exactly those whose blocks differed are guilty. Blocks of an earlier run
 * blame nobody.
 */
import type { DiskDone } from "../ports/disk.ts";
import type { KnownPeer } from "../swarm/peer-list.ts";
import type { CompletePiece } from "../torrent/downloads.ts";
import type { TorrentContext } from "../torrent/context.ts";

/** Somebody sent bad data: `certain` when a true copy of the block proved it, else it alone sent the whole piece. */
export interface Guilt {
  readonly sender: Sender;
  readonly piece: number;
  readonly certain: boolean;
}

/** A connection and the peer behind it, which may be gone by the time of the verdict. */
export interface Sender {
  readonly id: number;
  readonly known: KnownPeer;
}

/** Who sent each block; undefined for blocks of an earlier run or of somebody forgotten. */
export type BlockSenders = readonly (Sender | undefined)[];

export type Verdict =
  | {
      readonly type: "passed";
      readonly piece: number;
      readonly senders: readonly Sender[];
      /** By block; undefined where nobody is known. */
      readonly blockSenders: BlockSenders;
      readonly guilty: readonly Guilt[];
      readonly cleared: readonly Sender[];
    }
  | {
      readonly type: "failed";
      readonly piece: number;
      readonly senders: readonly Sender[];
      /** By block; undefined where nobody is known. */
      readonly blockSenders: BlockSenders;
      readonly guilty: readonly Guilt[];
      readonly suspects: readonly Sender[];
    };

interface SuspectBlock {
  readonly block: number;
  readonly digest: string;
  readonly sender: Sender;
}

interface Pending {
  readonly complete: CompletePiece;
  readonly senders: BlockSenders;
}

/** Digests kept of a failed piece: a handful of rounds is enough, a flood of poison must not grow memory. */
const SUSPECT_BLOCKS_MAX = 4_096;

export class Verifier {
  readonly #context: TorrentContext;
  /** By piece. */
  readonly #pending = new Map<number, Pending>();
  readonly #pieceOfJob = new Map<number, number>();
  /** Pieces that the disk could not take; they wait in memory. */
  #stuck: Pending[] = [];
  readonly #suspects = new Map<number, SuspectBlock[]>();

  constructor(context: TorrentContext) {
    this.#context = context;
  }

  /** Pieces at the disk. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Sends a complete piece to be hashed and written. `senderOf` names the peer behind a connection id. */
  submit(complete: CompletePiece, senderOf: (id: number) => Sender | undefined): void {
    this.#submit({ complete, senders: complete.contributors.map((id) => (id < 0 ? undefined : senderOf(id))) });
  }

  /** The disk's answer for one piece. */
  handleDone(done: Extract<DiskDone, { type: "committed" | "hash-failed" }>): Verdict | undefined {
    const pending = this.#take(done.job);
    if (pending === undefined) return undefined;
    if (done.type === "committed") return this.#pass(pending, done.blockDigests);
    return this.#fail(pending, done.blockDigests);
  }

  /** The disk failed, which is nobody's fault: the piece waits in memory. False when the job is not one of ours. */
  handleFailed(job: number): boolean {
    const pending = this.#take(job);
    if (pending === undefined) return false;
    this.#stuck.push(pending);
    return true;
  }

  /** The disk may work again: what it refused is sent once more. */
  retry(): void {
    for (const pending of this.#stuck.splice(0)) {
      // The disk may have dropped what it hashed ahead: the whole piece is hashed again.
      pending.complete.buffer.hashedExtents = 0;
      this.#submit(pending);
    }
  }

  /** Whether this sender still stands under suspicion for any piece. */
  isSuspect(id: number): boolean {
    for (const blocks of this.#suspects.values()) if (blocks.some(({ sender }) => sender.id === id)) return true;
    return false;
  }

  #submit(pending: Pending): void {
    const { out, nextId, store } = this.#context;
    const { piece, buffer } = pending.complete;
    const job = nextId();
    this.#pending.set(piece, pending);
    this.#pieceOfJob.set(job, piece);
    out.push({
      type: "disk",
      job: {
        type: "commit",
        job,
        store,
        piece,
        extents: buffer.extentRefs(),
        hashedExtents: buffer.hashedExtents,
        wantBlockDigests: this.#suspects.has(piece),
      },
    });
  }

  #take(job: number): Pending | undefined {
    const piece = this.#pieceOfJob.get(job);
    if (piece === undefined) return undefined;
    this.#pieceOfJob.delete(job);
    const pending = this.#pending.get(piece);
    this.#pending.delete(piece);
    return pending;
  }

  #pass({ complete, senders }: Pending, digests: readonly string[] | undefined): Verdict {
    const { piece } = complete;
    const suspects = this.#suspects.get(piece) ?? [];
    this.#suspects.delete(piece);
    const guilty = new Map<number, Guilt>();
    for (const { block, digest, sender } of suspects) {
      if (digests?.[block] !== digest) guilty.set(sender.id, { sender, piece, certain: true });
    }
    const cleared = unique(suspects.map(({ sender }) => sender)).filter(
      ({ id }) => !guilty.has(id) && !this.isSuspect(id),
    );
    const guilties = [...guilty.values()];
    return { type: "passed", piece, senders: unique(senders), blockSenders: senders, guilty: guilties, cleared };
  }

  #fail({ complete, senders }: Pending, digests: readonly string[]): Verdict {
    const { piece } = complete;
    const all = unique(senders);
    const only = all[0];
    const isAlone = all.length === 1 && only !== undefined && senders.every((sender) => sender !== undefined);
    if (isAlone) {
      const guilty = [{ sender: only, piece, certain: false }];
      return { type: "failed", piece, senders: all, blockSenders: senders, guilty, suspects: [] };
    }
    const kept = this.#suspects.get(piece) ?? [];
    senders.forEach((sender, block) => {
      const digest = digests[block];
      if (sender !== undefined && digest !== undefined && kept.length < SUSPECT_BLOCKS_MAX)
        kept.push({ block, digest, sender });
    });
    this.#suspects.set(piece, kept);
    return { type: "failed", piece, senders: all, blockSenders: senders, guilty: [], suspects: all };
  }
}

function unique(senders: BlockSenders): readonly Sender[] {
  const byId = new Map<number, Sender>();
  for (const sender of senders) if (sender !== undefined) byId.set(sender.id, sender);
  return [...byId.values()];
}
