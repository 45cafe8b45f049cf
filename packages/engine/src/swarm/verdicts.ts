/** What follows from the disk's word on a piece: for the books, for its senders, and for a piece that was false. */
import type { Geometry } from "@torrential/core";
import type { Outlet } from "../outbox.ts";
import type { PiecePicker } from "../picker/picker.ts";
import type { DiskDone } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { TorrentEvent } from "../session/events.ts";
import type { Downloads } from "../torrent/downloads.ts";
import type { BlockSenders, Guilt, Sender, Verdict } from "../verify/verifier.ts";
import type { Blame } from "./blame.ts";
import { updateInterest } from "./interest.ts";
import type { Peer } from "./peer.ts";
import { Trials } from "./trials.ts";

/** After a false piece, who is unproven works alone for so long. */
const GUARD_MS = 600_000;

export interface VerdictDeps {
  readonly geometry: Geometry;
  readonly picker: PiecePicker;
  readonly downloads: Downloads;
  readonly blame: Blame;
  readonly peers: ReadonlyMap<ConnectionId, Peer>;
  readonly events: Outlet<TorrentEvent>;
}

export class Verdicts {
  readonly #deps: VerdictDeps;
  readonly #trials: Trials;
  #verified: number[] = [];
  #guardedUntil: Millis = -Infinity;

  constructor(deps: VerdictDeps) {
    this.#deps = deps;
    this.#trials = new Trials(deps);
  }

  /** Pieces that passed since the last call. */
  takeVerified(): readonly number[] {
    const verified = this.#verified;
    if (verified.length > 0) this.#verified = [];
    return verified;
  }

  /** False when the answer is to no question of ours. */
  handleDone(done: Extract<DiskDone, { type: "committed" | "hash-failed" }>, now: Millis): boolean {
    const verdict = this.#deps.blame.handleDone(done);
    if (verdict === undefined) return false;
    if (verdict.type === "passed") this.#handlePassed(verdict, now);
    else this.#handleFailed(verdict, now);
    this.#goOn(now);
    return true;
  }

  handleSecond(now: Millis): void {
    this.#trials.handleSecond(now);
    if (now >= this.#guardedUntil) this.#unguard();
    this.#goOn(now);
  }

  #unguard(): void {
    this.#deps.picker.setGuarded(false);
    this.#trials.calm();
  }

  #goOn(now: Millis): void {
    for (const piece of this.#trials.goOn(now)) this.#giveUp(piece);
  }

  #handlePassed(verdict: Extract<Verdict, { type: "passed" }>, now: Millis): void {
    const { picker, downloads, peers, events } = this.#deps;
    const { piece } = verdict;
    downloads.close(piece);
    picker.handleVerified(piece);
    this.#verified.push(piece);
    this.#trials.end(piece);
    this.#trials.clear(verdict.senders);
    this.#prove(verdict.blockSenders);
    const alone = verdict.senders.length === 1 ? peers.get(verdict.senders[0]?.id ?? -1) : undefined;
    if (alone !== undefined) alone.picker.parole = false;
    for (const guilt of verdict.guilty) this.#convict(guilt, now);
    for (const { id } of verdict.cleared) {
      const peer = peers.get(id);
      if (peer !== undefined) peer.picker.parole = false;
    }
    for (const peer of peers.values()) {
      // Also to those who have it, as libtorrent does: who super-seeds waits for it (BEP 16). Seeds have no use for it,
      // but to know that their suggestion was followed: libtorrent then makes the next.
      if (!peer.picker.isSeed || peer.picker.suggested.includes(piece)) peer.writer.have(piece);
      updateInterest(peer, picker, now);
    }
    events.push({ type: "piece-verified", piece });
  }

  /** Who sent most of a true piece is no poisoner as we know them; a block or two may be luck, or bait. */
  #prove(blockSenders: BlockSenders): void {
    const counts = new Map<Sender, number>();
    for (const sender of blockSenders) if (sender !== undefined) counts.set(sender, (counts.get(sender) ?? 0) + 1);
    for (const [{ id, known }, count] of counts) {
      if (count * 2 < blockSenders.length) continue;
      known.isProven = true;
      const peer = this.#deps.peers.get(id);
      if (peer !== undefined) peer.picker.isProven = true;
    }
  }

  #handleFailed(verdict: Extract<Verdict, { type: "failed" }>, now: Millis): void {
    const { piece, senders, guilty } = verdict;
    this.#guardedUntil = now + GUARD_MS;
    this.#deps.picker.setGuarded(true);
    const isNews = !this.#trials.has(piece) || guilty.length > 0;
    // Somebody else than the judge had lied before: there are several, and mixing their blocks only costs more pieces.
    if (guilty.length > 0 && this.#trials.has(piece)) this.#trials.putSuspectsOnParole();
    if (guilty.length > 0) this.#giveUp(piece);
    else if (!this.#trials.handleFailed(piece, verdict.blockSenders, now)) this.#giveUpOn(verdict, now);
    if (isNews) {
      const peers = senders.map(({ known }) => known.endpoint);
      this.#deps.events.push({ type: "piece-failed", piece, peers });
    }
    for (const guilt of guilty) this.#convict(guilt, now);
  }

  #convict(guilt: Guilt, now: Millis): void {
    this.#trials.convict(guilt.sender);
    this.#deps.blame.punish(guilt, now);
  }

  /** Nothing of the piece is kept. */
  #giveUp(piece: number): void {
    const { geometry, picker, downloads } = this.#deps;
    this.#trials.end(piece);
    downloads.close(piece);
    picker.handleFailed(piece);
    downloads.wastedBytes += geometry.pieceLengthOf(piece);
  }

  /** Nobody can judge: its senders work alone from now on, so that the next false piece has one sender. */
  #giveUpOn({ piece, suspects }: Extract<Verdict, { type: "failed" }>, now: Millis): void {
    this.#giveUp(piece);
    for (const { id } of suspects) {
      const peer = this.#deps.peers.get(id);
      // Who is unproven works alone already, and goes on with what it has.
      if (peer === undefined || !peer.picker.isProven) continue;
      peer.picker.parole = true;
      this.#deps.downloads.release(peer, now);
    }
  }
}
