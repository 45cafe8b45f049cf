/** Keys that clients give to an add, so that asking again after a lost answer adds nothing twice. */
import type { InfoHash } from "@torrential/core";
import type { StateStore } from "../state/state-store.ts";
import type { Clock } from "./context.ts";

const AREA = "idempotency";
const DAY_MS = 86_400_000;
const KEY_MAX = 255;

export class IdempotencyKeys {
  readonly #store: StateStore;
  readonly #clock: Clock;

  constructor(store: StateStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** What was added under the key within a day. */
  find(key: string | undefined): InfoHash | undefined {
    if (key === undefined) return undefined;
    const row = this.#store.get("SELECT value FROM store WHERE area = ? AND key = ?", AREA, key.slice(0, KEY_MAX));
    const value = row?.["value"];
    const [infoHash, at] = typeof value === "string" ? value.split(" ") : [];
    return infoHash !== undefined && Number(at) > this.#clock.wall() - DAY_MS ? (infoHash as InfoHash) : undefined;
  }

  async remember(key: string | undefined, infoHash: InfoHash): Promise<void> {
    if (key === undefined) return;
    const value = `${infoHash} ${this.#clock.wall()}`;
    await this.#store.write(
      {
        sql: "DELETE FROM store WHERE area = ? AND CAST(substr(value, 42) AS INTEGER) < ?",
        params: [AREA, this.#clock.wall() - DAY_MS],
      },
      {
        sql: "INSERT OR IGNORE INTO store (area, key, value) VALUES (?, ?, ?)",
        params: [AREA, key.slice(0, KEY_MAX), value],
      },
    );
  }
}
