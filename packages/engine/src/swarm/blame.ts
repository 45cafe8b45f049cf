/** Who sent what, and what comes of it: senders are remembered beyond their connection, so that verdicts find them. */
import type { DiskDone } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { TorrentEvent } from "../session/events.ts";
import type { Outlet } from "../outbox.ts";
import type { CompletePiece } from "../torrent/downloads.ts";
import type { Guilt, Sender, Verdict, Verifier } from "../verify/verifier.ts";
import type { Peer } from "./peer.ts";
import type { Ban } from "./bans.ts";
import type { KnownPeer, PeerList } from "./peer-list.ts";

/** Senders that are gone and remembered. */
const SENDERS_MAX = 1_000;

export interface BlameDeps {
  readonly verifier: Verifier;
  readonly peerList: PeerList;
  readonly peers: ReadonlyMap<ConnectionId, Peer>;
  readonly events: Outlet<TorrentEvent>;
  /** Ends the connection of a peer that sent bad data. */
  readonly expel: (peer: Peer, message: string, now: Millis) => void;
}

export class Blame {
  readonly #deps: BlameDeps;
  readonly #senders = new Map<number, Sender>();

  constructor(deps: BlameDeps) {
    this.#deps = deps;
  }

  submit(complete: CompletePiece): void {
    this.#deps.verifier.submit(complete, (id) => this.#senderOf(id));
  }

  /** The disk's word on a piece, with good senders credited; the caller punishes guilty ones when its books are in order. */
  handleDone(done: Extract<DiskDone, { type: "committed" | "hash-failed" }>): Verdict | undefined {
    const verdict = this.#deps.verifier.handleDone(done);
    if (verdict?.type === "passed") for (const sender of verdict.senders) this.#deps.peerList.credit(sender.known);
    return verdict;
  }

  /** Bad data: out at once; banned when it is proven, or when it happens again (C12). */
  punish({ sender, piece, certain }: Guilt, now: Millis): void {
    const reason = certain
      ? `sent a bad block of piece ${piece}`
      : `piece ${piece}, all of it from this peer, failed its hash`;
    const { peerList, peers, expel } = this.#deps;
    if (certain) this.ban(sender.known, reason, now);
    else this.#emit(sender.known, peerList.strike(sender.known, reason, now));
    const peer = peers.get(sender.id);
    if (peer !== undefined) expel(peer, reason, now);
  }

  ban(known: KnownPeer, reason: string, now: Millis): void {
    this.#emit(known, this.#deps.peerList.ban(known.endpoint, reason, now));
  }

  /** The peer is leaving: what it sent may still turn out to be bad. */
  remember(peer: Peer): void {
    if (peer.down.totalBytes > 0) this.#senderOf(peer.connection);
  }

  #senderOf(id: number): Sender | undefined {
    const peer = this.#deps.peers.get(id);
    if (peer !== undefined && !this.#senders.has(id)) {
      if (this.#senders.size >= SENDERS_MAX) this.#forgetOldest();
      this.#senders.set(id, { id, known: peer.known });
    }
    return this.#senders.get(id);
  }

  #forgetOldest(): void {
    for (const id of this.#senders.keys()) {
      if (this.#deps.peers.has(id)) continue;
      this.#senders.delete(id);
      return;
    }
  }

  #emit(known: KnownPeer, bans: readonly Ban[]): void {
    for (const ban of bans) this.#deps.events.push({ type: "peer-banned", endpoint: known.endpoint, ...ban });
  }
}
