/** A program that keeps many torrents, as the bench drives it. */
import type { MadeTorrent } from "../lib/many-torrents.ts";

export interface Manager {
  readonly name: string;
  /** Of the running process. */
  readonly pid: number;
  /** Resolves when its API answers. */
  start(): Promise<void>;
  /** To seed, from files that are there. */
  add(torrents: readonly MadeTorrent[]): Promise<void>;
  /** How many seed. */
  countSeeds(): Promise<number>;
  /** Name, state, progress, rates and the like of all. */
  listAll(): Promise<void>;
  /** A clean stop. */
  stop(): Promise<void>;
}

/** As many at once as a patient user would. */
export async function inBatches<T>(
  items: readonly T[],
  size: number,
  run: (batch: readonly T[]) => Promise<unknown>,
): Promise<void> {
  for (let first = 0; first < items.length; first += size) await run(items.slice(first, first + size));
}
