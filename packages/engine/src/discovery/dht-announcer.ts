/**
 * When one torrent looks for peers in the DHT and announces itself there (BEP 5). It needs the info-hash only, so it can
 * begin before the metadata is known. A private torrent has none (BEP 27).
 */
import { infoHashBytes, type InfoHash } from "@torrential/core";
import type { Outlet } from "../outbox.ts";
import type { DhtCommand, DhtOutcome } from "../ports/dht.ts";
import type { Millis, Random } from "../ports/machine.ts";

/** libtorrent's dht_announce_interval. Nodes keep a peer for half an hour at least. */
const INTERVAL_MS = 900_000;
/** While nobody was found: so soon, doubling up to the interval. */
const LONELY_MS = 30_000;
/** While the network itself was not found: so soon, doubling up to a minute. */
const LOST_MS = 5_000;
const LOST_MAX_MS = 60_000;

export interface DhtAnnouncerContext {
  readonly infoHash: InfoHash;
  readonly out: Outlet<DhtCommand>;
  readonly random: Random;
  /** For requests whose answers come back to this torrent. */
  readonly nextAnnounceId: () => number;
}

export interface DhtStatus {
  readonly state: "off" | "looking" | "waiting";
  /** Of the last announce. */
  readonly last: DhtOutcome | undefined;
  readonly nextAnnounceAt: Millis | undefined;
}

export class DhtAnnouncer {
  readonly #context: DhtAnnouncerContext;
  #request: number | undefined;
  /** Undefined while stopped or looking. */
  #nextAt: Millis | undefined;
  #isRunning = false;
  /** In a row, without a peer. */
  #lonelyCount = 0;
  /** In a row, without a node. */
  #lostCount = 0;
  #isSeed = false;
  #last: DhtOutcome | undefined;

  constructor(context: DhtAnnouncerContext) {
    this.#context = context;
  }

  start(now: Millis): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#lonelyCount = 0;
    this.#lostCount = 0;
    this.#nextAt = now;
  }

  /** The network forgets us by itself; there is nobody to tell. */
  stop(): void {
    this.#isRunning = false;
    this.#nextAt = undefined;
    if (this.#request !== undefined) this.#context.out.push({ type: "dht-cancel", request: this.#request });
    this.#request = undefined;
  }

  nextTimeout(): Millis | undefined {
    return this.#nextAt;
  }

  handleTimeout(options: { readonly isSeed: boolean }, now: Millis): void {
    if (this.#nextAt === undefined || now < this.#nextAt) return;
    this.#nextAt = undefined;
    this.#isSeed = options.isSeed;
    this.#request = this.#context.nextAnnounceId();
    const infoHash = infoHashBytes(this.#context.infoHash);
    this.#context.out.push({ type: "dht-announce", request: this.#request, infoHash, isSeed: this.#isSeed });
  }

  /** Whether peers of this request are ours. */
  owns(request: number): boolean {
    return this.#request === request;
  }

  /** The request has ended. False when it is not ours. */
  handleDone(request: number, outcome: DhtOutcome, now: Millis): boolean {
    if (!this.owns(request)) return false;
    this.#request = undefined;
    this.#last = outcome;
    this.#nextAt = now + this.#waitAfter(outcome);
    return true;
  }

  status(): DhtStatus {
    const state = this.#request !== undefined ? "looking" : this.#isRunning ? "waiting" : "off";
    return { state, last: this.#last, nextAnnounceAt: this.#nextAt };
  }

  #waitAfter({ nodesAnswered, peersFound }: DhtOutcome): Millis {
    // Up to a tenth less, so that torrents that began together don't stay together.
    const spread = 1 - this.#context.random() / 10;
    this.#lostCount = nodesAnswered === 0 ? this.#lostCount + 1 : 0;
    this.#lonelyCount = peersFound === 0 ? this.#lonelyCount + 1 : 0;
    if (this.#lostCount > 0) return Math.min(LOST_MAX_MS, LOST_MS * 2 ** (this.#lostCount - 1)) * spread;
    // A seed waits for others to come; whoever downloads goes to look.
    if (this.#lonelyCount === 0 || this.#isSeed) return INTERVAL_MS * spread;
    return Math.min(INTERVAL_MS, LONELY_MS * 2 ** (this.#lonelyCount - 1)) * spread;
  }
}
