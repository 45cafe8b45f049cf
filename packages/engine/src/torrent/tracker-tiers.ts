/** The trackers of a torrent in tiers (BEP 12): shuffled inside, who answers moves to the front, edited at run time. */
import type { Random } from "../ports/machine.ts";
import { makeTracker, type Tracker } from "./tracker.ts";

/** A torrent or magnet link may name many: so many are kept. */
const TRACKERS_MAX = 200;
const URL_LENGTH_MAX = 2_048;

export interface TiersOptions {
  readonly families: readonly (4 | 6)[];
  readonly random: Random;
}

export class TrackerTiers {
  readonly #options: TiersOptions;
  #tiers: Tracker[][] = [];

  constructor(urls: readonly (readonly string[])[], options: TiersOptions) {
    this.#options = options;
    this.add(urls);
  }

  get all(): readonly Tracker[] {
    return this.#tiers.flat();
  }

  get tiers(): readonly (readonly Tracker[])[] {
    return this.#tiers;
  }

  get(url: string): Tracker | undefined {
    return this.all.find((tracker) => tracker.url === url);
  }

  /** Adds tiers behind those that are there; a tracker that is known stays where it is. */
  add(urls: readonly (readonly string[])[]): void {
    const known = new Set(this.all.map((tracker) => tracker.url));
    for (const tier of urls) {
      const fresh = [...new Set(tier)].filter((url) => !known.has(url) && url.length <= URL_LENGTH_MAX);
      const room = fresh.slice(0, TRACKERS_MAX - known.size);
      for (const url of room) known.add(url);
      const made = room.map((url) => makeTracker(url, this.#options.families));
      if (made.length > 0) this.#tiers.push(shuffle(made, this.#options.random));
    }
  }

  /** Makes these the trackers, with what is known of those that stay. Returns those that are gone. */
  replace(urls: readonly (readonly string[])[]): readonly Tracker[] {
    const before = new Map(this.all.map((tracker) => [tracker.url, tracker]));
    this.#tiers = [];
    this.add(urls);
    this.#tiers = this.#tiers.map((tier) => tier.map((tracker) => before.get(tracker.url) ?? tracker));
    for (const { url } of this.all) before.delete(url);
    return [...before.values()];
  }

  /** Returns the tracker that is gone. */
  remove(url: string): Tracker | undefined {
    const tracker = this.get(url);
    this.#tiers = this.#tiers.map((tier) => tier.filter((each) => each !== tracker)).filter((tier) => tier.length > 0);
    return tracker;
  }

  /** BEP 12: who answers moves to the front of its tier. */
  promote(tracker: Tracker): void {
    const tier = this.#tiers.find((each) => each.includes(tracker));
    if (tier === undefined) return;
    tier.splice(tier.indexOf(tracker), 1);
    tier.unshift(tracker);
  }
}

function shuffle<T>(items: T[], random: Random): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}
