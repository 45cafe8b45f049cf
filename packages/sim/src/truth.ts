/** What is really on a node's disk, against what the node says: the global checks that no unit test sees. */
import { toHex, type Bitfield, type InfoHash } from "@torrential/core";
import type { SessionOutput } from "@torrential/engine";
import type { SimTorrent } from "./torrent.ts";
import { VolumeError, type Volume } from "./volume.ts";
import { hasSameBytes } from "./same-bytes.ts";

type ReadDone = Extract<SessionOutput, { readonly type: "read-done" }>;

interface Known {
  readonly torrent: SimTorrent;
  /** Where its files may be. A claim is true when one of these places bears it out. */
  readonly roots: Set<string>;
  /** Names that files may have, by index. */
  readonly names: readonly Set<string>[];
  /** Claimed pieces that were found true. */
  readonly claimed: Set<number>;
  /** Pieces the scenario has damaged behind the node's back. */
  readonly excused: Set<number>;
  receivedBytes: number;
  readonly receivedFrom: Map<string, number>;
  /** Bytes received by piece, over all lives: what a restart fetches twice shows here. */
  readonly receivedByPiece: number[];
}

export class TruthKeeper {
  readonly #volume: Volume;
  readonly #fail: (message: string) => never;
  readonly #torrents = new Map<string, Known>();
  readonly #hasMetadata = new Set<string>();
  sentBytes = 0;

  constructor(volume: Volume, fail: (message: string) => never) {
    this.#volume = volume;
    this.#fail = fail;
  }

  know(torrent: SimTorrent, root: string): void {
    if (this.#torrents.has(torrent.id)) return;
    this.#torrents.set(torrent.id, {
      torrent,
      roots: new Set([root]),
      names: torrent.metainfo.files.map(({ path }, file) => new Set([path.join("/"), `.${torrent.id}.parts/${file}`])),
      claimed: new Set(),
      excused: new Set(),
      receivedBytes: 0,
      receivedFrom: new Map(),
      receivedByPiece: Array.from({ length: torrent.content.geometry.pieceCount }, () => 0),
    });
  }

  /** The files were told to go to another root. */
  learnRoot(id: InfoHash, root: string): void {
    this.#torrents.get(id)?.roots.add(root);
  }

  /** A file was told to have another name. */
  learnName(id: InfoHash, file: number, path: readonly string[]): void {
    this.#torrents.get(id)?.names[file]?.add(path.join("/"));
  }

  find(infoHash: Uint8Array): SimTorrent | undefined {
    return this.#torrents.get(toHex(infoHash))?.torrent;
  }

  /** BEP 27: of a torrent that the node knows to be private, nobody hears but its trackers. */
  checkPublic(id: InfoHash, what: "local-join" | "dht-announce" | "dht-lookup"): void {
    if (this.isKnownPrivate(id)) this.#fail(`${what} of torrent ${id}, which is private`);
  }

  isKnownPrivate(id: InfoHash): boolean {
    return this.#torrents.get(id)?.torrent.metainfo.isPrivate === true && this.#hasMetadata.has(id);
  }

  /** From now on the node has the metadata. */
  noteMetadata(id: InfoHash): void {
    this.#hasMetadata.add(id);
  }

  /** The node says that it has a piece: so it must be on disk, right. */
  checkClaim(id: InfoHash, piece: number): void {
    const known = this.#torrents.get(id);
    if (known === undefined || known.claimed.has(piece) || known.excused.has(piece)) return;
    const problem = this.#compare(known, piece);
    if (problem !== undefined) this.#fail(`claims piece ${piece}, but ${problem}`);
    known.claimed.add(piece);
  }

  /** After a crash: the journal says these pieces were synced. */
  checkJournal(id: InfoHash, have: Bitfield): void {
    const known = this.#torrents.get(id);
    for (let piece = have.nextSet(0); known !== undefined && piece >= 0; piece = have.nextSet(piece + 1)) {
      const problem = known.excused.has(piece) ? undefined : this.#compare(known, piece);
      if (problem !== undefined) this.#fail(`the journal claims piece ${piece} as synced, but ${problem}`);
    }
  }

  /** Looks at every piece claimed since the start. */
  checkAll(): void {
    for (const known of this.#torrents.values()) {
      for (const piece of known.claimed) {
        const problem = known.excused.has(piece) ? undefined : this.#compare(known, piece);
        if (problem !== undefined) this.#fail(`claimed piece ${piece}, and now ${problem}`);
      }
    }
  }

  checkRead(output: ReadDone): void {
    if (output.result.ok && output.result.bytes.length === 0) this.#fail(`read ${output.request} gave nothing`);
  }

  /** Pieces whose bytes on disk are the torrent's. */
  goodPieces(torrent: SimTorrent): number {
    return this.goodPieceSet(torrent).size;
  }

  goodPieceSet(torrent: SimTorrent): ReadonlySet<number> {
    const known = this.#torrents.get(torrent.id);
    const good = new Set<number>();
    if (known === undefined) return good;
    for (let piece = 0; piece < torrent.content.geometry.pieceCount; piece++) {
      if (this.#compare(known, piece) === undefined) good.add(piece);
    }
    return good;
  }

  /** The scenario damages this piece: a claim of it is no lie until the node has looked. */
  excuse(id: InfoHash, piece: number): void {
    this.#torrents.get(id)?.excused.add(piece);
  }

  /** The node has looked: from now on it must know better. */
  endExcuses(id: InfoHash): void {
    this.#torrents.get(id)?.excused.clear();
  }

  /** A new process claims anew. */
  forgetClaims(): void {
    for (const known of this.#torrents.values()) known.claimed.clear();
  }

  noteSent(lengthBytes: number): void {
    this.sentBytes += lengthBytes;
  }

  noteReceived(id: InfoHash, range: { readonly piece: number; readonly length: number }, from: string): void {
    const known = this.#torrents.get(id);
    if (known === undefined) return;
    known.receivedBytes += range.length;
    known.receivedFrom.set(from, (known.receivedFrom.get(from) ?? 0) + range.length);
    known.receivedByPiece[range.piece] = (known.receivedByPiece[range.piece] ?? 0) + range.length;
  }

  /** Payload that came in, good or bad, over all lives. */
  receivedBytes(torrent: SimTorrent): number {
    return this.#torrents.get(torrent.id)?.receivedBytes ?? 0;
  }

  receivedFrom(torrent: SimTorrent, address: string): number {
    return this.#torrents.get(torrent.id)?.receivedFrom.get(address) ?? 0;
  }

  /** Payload of one piece that came in, over all lives. */
  receivedOfPiece(torrent: SimTorrent, piece: number): number {
    return this.#torrents.get(torrent.id)?.receivedByPiece[piece] ?? 0;
  }

  #compare(known: Known, piece: number): string | undefined {
    const { content } = known.torrent;
    const offset = content.geometry.pieceOffset(piece);
    let done = 0;
    for (const run of content.runsOf(piece)) {
      const wanted = content.view(offset + done, run.length);
      const problems = pathsOf(known, run.file).map((path) => this.#compareRun(path, run.offset, wanted));
      if (!problems.includes(undefined)) return problems[0];
      done += run.length;
    }
    return undefined;
  }

  #compareRun(path: string, offset: number, wanted: Uint8Array): string | undefined {
    const bytes = new Uint8Array(wanted.length);
    try {
      this.#volume.peek(path, bytes, offset);
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      return error.message;
    }
    return hasSameBytes(bytes, wanted) ? undefined : `${path} differs within ${offset}+${wanted.length}`;
  }
}

function pathsOf(known: Known, file: number): readonly string[] {
  const names = [...(known.names[file] ?? [])];
  return [...known.roots].flatMap((root) => names.map((name) => `${root}/${name}`));
}
