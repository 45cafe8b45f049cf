/**
 * Whose turn it is to look in the DHT. Ten thousand torrents start at once, and the node sends 8 kB a second: a few look
 * side by side, the others wait without costing anything. While the network is not found, one at a time goes to see.
 */
import type { DhtCommand } from "@torrential/engine";

export type DhtAnnounce = Extract<DhtCommand, { type: "dht-announce" }>;

/** What 8 kB a second carry: some eighty questions, of which a lookup has two or three under way. */
const RUNNING_MAX = 32;
/** After a look that no node answered. */
const LOST_PAUSE_MS = 5_000;

export class AnnounceQueue {
  /** In order of arrival; whoever downloads comes before those that have all. */
  readonly #leeches = new Map<number, DhtAnnounce>();
  readonly #seeds = new Map<number, DhtAnnounce>();
  readonly #running = new Set<number>();
  #isLost = false;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  add(announce: DhtAnnounce): void {
    (announce.isSeed ? this.#seeds : this.#leeches).set(announce.request, announce);
  }

  /** Whether it had begun. */
  cancel(request: number): boolean {
    this.#leeches.delete(request);
    this.#seeds.delete(request);
    return this.#running.delete(request);
  }

  /** It has ended. `nodesAnswered`: 0 where no network was found. */
  finish(request: number, { nodesAnswered }: { readonly nodesAnswered: number }, now: number): void {
    this.#running.delete(request);
    this.#isLost = nodesAnswered === 0;
    if (this.#isLost) this.#pausedUntil = now + LOST_PAUSE_MS;
  }

  /** The next that may begin; undefined when none may. Call until there is none. */
  next(now: number): DhtAnnounce | undefined {
    if (this.#running.size >= this.#max || this.#isPaused(now)) return undefined;
    const waiting = this.#leeches.size > 0 ? this.#leeches : this.#seeds;
    const [announce] = waiting.values();
    if (announce === undefined) return undefined;
    waiting.delete(announce.request);
    this.#running.add(announce.request);
    return announce;
  }

  /** When `next` may have one although nothing ended. */
  nextTimeout(now: number): number | undefined {
    const isWaiting = this.#leeches.size + this.#seeds.size > 0;
    return isWaiting && this.#running.size < this.#max && this.#isPaused(now) ? this.#pausedUntil : undefined;
  }

  get #max(): number {
    return this.#isLost ? 1 : RUNNING_MAX;
  }

  #isPaused(now: number): boolean {
    return this.#isLost && now < this.#pausedUntil;
  }
}
