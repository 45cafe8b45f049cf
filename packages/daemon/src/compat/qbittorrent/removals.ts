/** What is gone, for pollers that still have it. */

/** The oldest are forgotten beyond; who is further behind starts over. */
const REMOVALS_MAX = 10_000;

interface Removal {
  /** The version with which it came. */
  readonly bornAt: number;
  readonly goneAt: number;
}

export class Removals {
  readonly #removals = new Map<string, Removal>();
  /** Who has an older version cannot be told all. */
  #horizon = 0;

  add(key: string, removal: Removal): void {
    this.#removals.delete(key);
    this.#removals.set(key, removal);
    const [oldest] = this.#removals;
    if (this.#removals.size <= REMOVALS_MAX || oldest === undefined) return;
    this.#removals.delete(oldest[0]);
    this.#horizon = oldest[1].goneAt;
  }

  /** It is back. */
  forget(key: string): void {
    this.#removals.delete(key);
  }

  canTell(version: number): boolean {
    return version >= this.#horizon;
  }

  /** What was there at `version`. */
  since(version: number): readonly string[] {
    const keys: string[] = [];
    for (const [key, { bornAt, goneAt }] of this.#removals) if (bornAt <= version && goneAt > version) keys.push(key);
    return keys;
  }
}
