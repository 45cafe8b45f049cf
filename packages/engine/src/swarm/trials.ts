/**
 * Pieces that failed with blocks of several senders. They stay in memory, and one peer, the judge, brings the doubted
 * blocks again until the piece passes, or is all its own: then either way it is known who lied (DESIGN 6).
 *
 * Pieces that share senders fail together. One of them is tried; the others wait, since its verdict tells which of their
 * blocks to doubt.
 *
 * Why not fetch the whole piece of each suspect alone, as libtorrent's parole does: with pieces of some MiB that costs a
 * piece for each suspect, and here less than one in all.
 */
import type { PiecePicker } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { Downloads } from "../torrent/downloads.ts";
import { chooseDoubted } from "../verify/doubt.ts";
import type { BlockSenders, Sender } from "../verify/verifier.ts";
import type { Peer } from "./peer.ts";

/** Two are planned; late blocks of others, and judges that leave, cost more. */
const ROUNDS_MAX = 6;
const NOBODY = -1;
/** A judge that brings nothing for so long is replaced: nobody else may bring what it was asked for. */
const PATIENCE_MS = 5_000;
/** A piece that waits for another's verdict is tried by itself after this; sooner by a peer that has nothing to do. */
const HELD_MAX_MS = 15_000;
const HELD_IDLE_MS = 3_000;
/** With as many liars at once, unproven peers try no pieces: each gets one alone. */
const LIARS_MAX = 3;
/** C12: who has eight good pieces is proven; more prove nothing more. */
const PROOFS_MAX = 8;
/** Suspicions remembered of peers that are gone. */
const SUSPICIONS_MAX = 1_000;

export interface TrialDeps {
  readonly picker: PiecePicker;
  readonly downloads: Downloads;
  readonly peers: ReadonlyMap<ConnectionId, Peer>;
}

interface Trial {
  judge: Peer | undefined;
  /** 0 until it has begun. */
  round: number;
  /** Of the copy in memory. */
  senders: BlockSenders;
  readonly failedAt: Millis;
}

export class Trials {
  readonly #deps: TrialDeps;
  readonly #trials = new Map<number, Trial>();
  /** By connection: pieces of several that failed with its blocks, less those that passed; Infinity for the guilty. */
  readonly #suspicion = new Map<ConnectionId, number>();
  /** Senders of false pieces that had none in common: each such group has a liar of its own. */
  #groups: ReadonlySet<ConnectionId>[] = [];

  constructor(deps: TrialDeps) {
    this.#deps = deps;
  }

  /** Whether a piece that failed now has failed before. */
  has(piece: number): boolean {
    return this.#trials.has(piece);
  }

  /** A piece failed, and several sent it. False when nobody can judge: then nothing of it is worth keeping. */
  handleFailed(piece: number, senders: BlockSenders, now: Millis): boolean {
    const trial = this.#trials.get(piece) ?? this.#begin(piece, senders, now);
    trial.senders = senders;
    return (trial.round === 0 && !this.#isSwamped && this.#mustWait(trial, now)) || this.#try(piece, trial, now);
  }

  /** So many liars that a judge taken at random is likely one of them. */
  get #isSwamped(): boolean {
    return this.#groups.length >= LIARS_MAX;
  }

  /** Begins trials that have waited long enough; returns pieces for which nobody can judge. */
  goOn(now: Millis): readonly number[] {
    const hopeless: number[] = [];
    for (const [piece, trial] of this.#trials) {
      const isHeld =
        trial.round === 0 && !this.#isSwamped && this.#mustWait(trial, now) && !this.#hasIdleJudge(piece, trial, now);
      if (trial.round === 0 && !isHeld && !this.#try(piece, trial, now)) hopeless.push(piece);
    }
    return hopeless;
  }

  #mustWait({ senders, failedAt }: Trial, now: Millis): boolean {
    if (now - failedAt >= HELD_MAX_MS) return false;
    const ids = new Set(senders.map((sender) => sender?.id));
    if ([...ids].some((id) => this.#suspicionOf(id ?? NOBODY) === Infinity)) return false;
    for (const other of this.#trials.values()) {
      if (other.round > 0 && other.senders.some((sender) => sender !== undefined && ids.has(sender.id))) return true;
    }
    return false;
  }

  #hasIdleJudge(piece: number, { failedAt }: Trial, now: Millis): boolean {
    if (now - failedAt < HELD_IDLE_MS) return false;
    const judge = this.#choose(piece, now);
    return judge !== undefined && isIdle(judge) && !this.#judges().has(judge);
  }

  #try(piece: number, trial: Trial, now: Millis): boolean {
    trial.round += 1;
    const judge = this.#isAble(trial.judge, piece, now) ? trial.judge : this.#choose(piece, now);
    const isBlind = judge !== undefined && !judge.picker.isProven && this.#isSwamped;
    if (trial.round > ROUNDS_MAX || judge === undefined || (isBlind && judge !== trial.judge)) {
      this.#trials.delete(piece);
      return false;
    }
    // Blocks of an earlier judge are doubted like any other's: with a new one it begins again.
    if (judge !== trial.judge) trial.round = 1;
    // Among many liars it is no use to doubt some more than others.
    if (isBlind) trial.round = Math.max(2, trial.round);
    trial.judge = judge;
    const suspicionOf = (id: number): number => this.#suspicionOf(id);
    const doubted = chooseDoubted(trial.senders, { judge: judge.connection, round: trial.round, suspicionOf });
    this.#deps.downloads.doubt(piece, doubted, { hasFailed: true });
    this.#deps.picker.retry(piece, doubted, judge.picker);
    return true;
  }

  /** The piece is over: it passed, or one peer alone is to blame for all of it. */
  end(piece: number): void {
    this.#trials.delete(piece);
  }

  /** No piece was false for long: those who sent the last ones are gone or known. */
  calm(): void {
    this.#groups = [];
  }

  /** A piece passed: that speaks for who sent it. */
  clear(senders: readonly Sender[]): void {
    if (this.#suspicion.size === 0) return;
    for (const { id } of senders) {
      const suspicion = this.#suspicion.get(id) ?? 0;
      if (suspicion > 1) this.#suspicion.set(id, suspicion - 1);
      else this.#suspicion.delete(id);
    }
  }

  /** Whoever is suspected takes whole pieces alone, until one of them passes. */
  putSuspectsOnParole(): void {
    for (const id of this.#suspicion.keys()) {
      const peer = this.#deps.peers.get(id);
      if (peer?.picker.isProven === true) peer.picker.parole = true;
    }
  }

  /** Proven: whatever else it sent is fetched again before it spoils a piece. */
  convict({ id }: Sender): void {
    this.#suspicion.set(id, Infinity);
    const { picker, downloads } = this.#deps;
    for (const { piece, blocks } of picker.forgetBlocksOf(id)) downloads.doubt(piece, blocks, { hasFailed: false });
  }

  /** Once a second: judges that can judge no more are replaced. */
  handleSecond(now: Millis): void {
    for (const [piece, trial] of this.#trials) {
      if (trial.round === 0 || this.#isAble(trial.judge, piece, now)) continue;
      trial.judge = this.#choose(piece, now);
      if (this.#deps.picker.pieceState(piece) !== "partial") continue;
      this.#deps.downloads.takeBack(piece, now);
      this.#deps.picker.appoint(piece, trial.judge?.picker);
    }
  }

  #suspicionOf(id: ConnectionId): number {
    return this.#suspicion.get(id) ?? 0;
  }

  #begin(piece: number, senders: BlockSenders, now: Millis): Trial {
    for (const id of new Set(senders.map((sender) => sender?.id))) {
      if (id === undefined) continue;
      if (this.#suspicion.size >= SUSPICIONS_MAX) this.#forgetSomeone();
      this.#suspicion.set(id, (this.#suspicion.get(id) ?? 0) + 1);
    }
    this.#noteGroup(senders);
    const trial: Trial = { judge: undefined, round: 0, senders, failedAt: now };
    this.#trials.set(piece, trial);
    return trial;
  }

  #noteGroup(senders: BlockSenders): void {
    const group = new Set(senders.flatMap((sender) => (sender === undefined ? [] : [sender.id])));
    const isNew = this.#groups.every((other) => [...other].every((id) => !group.has(id)));
    if (isNew && group.size > 0 && this.#groups.length < LIARS_MAX) this.#groups.push(group);
  }

  #judges(): ReadonlySet<Peer | undefined> {
    return new Set([...this.#trials.values()].map(({ judge }) => judge));
  }

  /** Somebody who delivers, with no other piece to judge if there is; the least suspicious, most proven, idle, fastest. */
  #choose(piece: number, now: Millis): Peer | undefined {
    const busy = this.#judges();
    let best: Peer | undefined;
    let bestRank: readonly number[] = [];
    for (const peer of this.#deps.peers.values()) {
      if (!this.#isAble(peer, piece, now)) continue;
      const isUnproven = Number(!peer.picker.isProven);
      const proof = Math.min(PROOFS_MAX, peer.known.goodPieces);
      const suspicion = this.#suspicionOf(peer.connection);
      const rate = peer.picker.rateBytesPerSec;
      // Who has brought nothing yet is above suspicion, and of no use.
      const rank = [
        Number(rate === 0),
        isUnproven,
        Number(busy.has(peer)),
        suspicion,
        -proof,
        -Number(isIdle(peer)),
        -rate,
      ];
      if (best !== undefined && compare(rank, bestRank) >= 0) continue;
      best = peer;
      bestRank = rank;
    }
    return best;
  }

  #isAble(peer: Peer | undefined, piece: number, now: Millis): boolean {
    if (peer === undefined || peer.isDropped || this.#suspicionOf(peer.connection) === Infinity) return false;
    if (peer.waitingSince !== undefined && now - peer.waitingSince >= PATIENCE_MS) return false;
    return !peer.picker.choked && !peer.picker.snubbed && peer.picker.pieces.has(piece);
  }

  #forgetSomeone(): void {
    for (const id of this.#suspicion.keys()) {
      if (this.#deps.peers.has(id)) continue;
      this.#suspicion.delete(id);
      return;
    }
  }
}

function isIdle(peer: Peer): boolean {
  return peer.picker.outstanding === 0;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
