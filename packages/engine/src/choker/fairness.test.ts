import { describe, expect, it } from "vitest";
import { jainIndex, seededRandom } from "../bandwidth/simulation.ts";
import { Choker, type ChokeDecision, type ChokerPeer, type SlotCount } from "./choker.ts";

const HALF_HOUR_MS = 30 * 60_000;
const STEP_MS = 1000;
const CAPACITY = 100_000; // bytes/s of each uploader

/** One direction of a connection: what `from` gives `to`. */
interface Link {
  unchoked: boolean;
  unchokedAt: number;
  sinceUnchoke: number;
  lastOptimisticAt: number | undefined;
  totalBytes: number;
  /** Smoothed over 20 s. */
  rate: number;
}

function makeLink(): Link {
  const idle = { unchoked: false, unchokedAt: 0, sinceUnchoke: 0, totalBytes: 0, rate: 0 };
  return { ...idle, lastOptimisticAt: undefined };
}

/** One client with a choker, and what it gives to each of its peers. */
class Uploader {
  readonly links: Link[];
  readonly choker: Choker;

  constructor(options: {
    readonly mode: "leech" | "seed";
    readonly slots: SlotCount;
    readonly peerCount: number;
    readonly seed: number;
  }) {
    this.links = Array.from({ length: options.peerCount }, makeLink);
    this.choker = new Choker({ ...options, random: seededRandom(options.seed) });
  }

  /** `downRateOf(id)`: what that peer gives us; undefined: it is ourselves. */
  step(now: number, downRateOf: (id: number) => number | undefined): void {
    if (now >= (this.choker.nextTimeout() ?? Infinity)) this.#rechoke(now, downRateOf);
    const open = this.links.filter((link) => link.unchoked).length;
    for (const link of this.links) {
      const bytes = link.unchoked ? (CAPACITY / open) * (STEP_MS / 1000) : 0;
      link.totalBytes += bytes;
      link.sinceUnchoke += bytes;
      link.rate += ((bytes * 1000) / STEP_MS - link.rate) * (STEP_MS / 20_000);
    }
  }

  #rechoke(now: number, downRateOf: (id: number) => number | undefined): void {
    const peers = this.links.flatMap((link, id): ChokerPeer[] => {
      const downRate = downRateOf(id);
      if (downRate === undefined) return [];
      return [
        {
          id,
          interested: true,
          unchoked: link.unchoked,
          snubbed: false,
          downRate,
          upRate: link.rate,
          uploadedSinceUnchoke: link.sinceUnchoke,
          unchokedAt: link.unchokedAt,
          connectedAt: 0,
          lastOptimisticAt: link.lastOptimisticAt,
          uploadOnly: false,
          networkPrefix: `${id}`,
          excessUploads: false,
        },
      ];
    });
    this.#apply(this.choker.rechoke(peers, now), now);
  }

  #apply(decision: ChokeDecision, now: number): void {
    for (const id of decision.choke) {
      const link = this.links[id];
      if (link !== undefined) link.unchoked = false;
    }
    for (const id of decision.unchoke) {
      const link = this.links[id];
      if (link !== undefined) {
        Object.assign(link, { unchoked: true, unchokedAt: now, sinceUnchoke: 0 });
      }
    }
    const holder = this.links[decision.optimistic ?? -1];
    if (holder !== undefined) holder.lastOptimisticAt = now;
  }
}

function spread(totals: readonly number[]): number {
  const mean = totals.reduce((sum, total) => sum + total, 0) / totals.length;
  return Math.max(...totals.map((total) => Math.abs(total / mean - 1)));
}

describe("choker fairness in simulation", () => {
  it.each([
    ["leech", 1],
    ["leech", 4],
    ["seed", 1],
    ["seed", 4],
    ["seed", "adaptive"],
  ] as const)("%s, %s slots: 20 equal peers get the same within 5 %", (mode, slots) => {
    const uploader = new Uploader({ mode, slots, peerCount: 20, seed: 3 });
    for (let now = 0; now < HALF_HOUR_MS; now += STEP_MS) uploader.step(now, () => 0);
    const totals = uploader.links.map((link) => link.totalBytes);
    expect(spread(totals)).toBeLessThanOrEqual(0.05);
  });

  it("gives free-riders no more than the optimistic share", () => {
    const uploader = new Uploader({ mode: "leech", slots: 4, peerCount: 20, seed: 3 });
    const isFreeRider = (id: number): boolean => id >= 15;
    for (let now = 0; now < HALF_HOUR_MS; now += STEP_MS) {
      uploader.step(now, (id) => (isFreeRider(id) ? 0 : 1000 + id));
    }
    const total = (links: readonly Link[]): number => links.reduce((sum, link) => sum + link.totalBytes, 0);
    const share = total(uploader.links.slice(15)) / total(uploader.links);
    expect(share).toBeLessThanOrEqual(1 / 4);
    expect(share).toBeGreaterThan(0);
  });

  it("treats 20 equal leechers of one swarm alike, and the free-rider among them as a free-rider", () => {
    const freeRider = 0;
    const clients = Array.from(
      { length: 21 },
      (_, seed) => new Uploader({ mode: "leech", slots: 4, peerCount: 21, seed }),
    );
    for (let now = 0; now < HALF_HOUR_MS; now += STEP_MS) {
      for (const [self, client] of clients.entries()) {
        if (self === freeRider) continue;
        client.step(now, (id) => (id === self ? undefined : (clients[id]?.links[self]?.rate ?? 0)));
      }
    }
    const received = clients.map((_, id) =>
      clients.reduce((sum, client) => sum + (client.links[id]?.totalBytes ?? 0), 0),
    );
    const [free = 0, ...honest] = received;
    expect(jainIndex(honest)).toBeGreaterThan(0.99);
    const mean = honest.reduce((sum, bytes) => sum + bytes, 0) / honest.length;
    // Everyone's optimistic quarter, shared by all but its three regulars.
    const optimisticShare = ((1 / 4) * honest.length) / (honest.length - 3);
    expect(free / mean).toBeLessThan(1.05 * optimisticShare);
    expect(spread(honest)).toBeLessThanOrEqual(0.05);
  });
});
