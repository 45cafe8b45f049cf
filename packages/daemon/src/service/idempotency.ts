/** Keys that clients give to an add, so that asking again after a lost answer adds nothing twice. */
import type { InfoHash } from "@torrential/core";
import type { Change } from "../state/messages.ts";
import type { StateStore } from "../state/state-store.ts";
import type { Clock } from "./context.ts";
import { ServiceError } from "./errors.ts";
import type { IdempotencyKey } from "./service.ts";

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

  /** What was added under the key within a day. Throws "key-reused" when that was asked for in other words. */
  find(key: IdempotencyKey | undefined): InfoHash | undefined {
    if (key === undefined) return undefined;
    const row = this.#store.get("SELECT value FROM store WHERE area = ? AND key = ?", AREA, key.name.slice(0, KEY_MAX));
    const value = row?.["value"];
    const [infoHash, at, fingerprint] = typeof value === "string" ? value.split(" ") : [];
    if (infoHash === undefined || !(Number(at) > this.#clock.wall() - DAY_MS)) return undefined;
    // Those that were kept by the version before say nothing of the request.
    if (fingerprint !== undefined && fingerprint !== key.fingerprint) {
      throw new ServiceError("key-reused", "This idempotency key was given with another request: take a new one");
    }
    return infoHash as InfoHash;
  }

  /** To be written together with what is added: a crash leaves both or neither. */
  changes(key: IdempotencyKey | undefined, infoHash: InfoHash): readonly Change[] {
    if (key === undefined) return [];
    const now = this.#clock.wall();
    return [
      {
        sql: "DELETE FROM store WHERE area = ? AND CAST(substr(value, 42) AS INTEGER) < ?",
        params: [AREA, now - DAY_MS],
      },
      {
        sql: "INSERT OR REPLACE INTO store (area, key, value) VALUES (?, ?, ?)",
        params: [AREA, key.name.slice(0, KEY_MAX), `${infoHash} ${now} ${key.fingerprint}`],
      },
    ];
  }
}
