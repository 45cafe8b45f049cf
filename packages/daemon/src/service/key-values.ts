/** Small values of APIs and pages, by area and key. */
import type { StateStore } from "../state/state-store.ts";
import type { KeyValueStore } from "./service.ts";

export class KeyValues implements KeyValueStore {
  readonly #store: StateStore;
  readonly #areas = new Map<string, Map<string, string>>();

  constructor(store: StateStore) {
    this.#store = store;
    for (const row of store.all("SELECT area, key, value FROM store WHERE area <> 'idempotency'")) {
      this.#area(String(row["area"])).set(String(row["key"]), String(row["value"]));
    }
  }

  get(area: string, key: string): string | undefined {
    return this.#areas.get(area)?.get(key);
  }

  list(area: string): ReadonlyMap<string, string> {
    return new Map(this.#areas.get(area));
  }

  async set(area: string, key: string, value: string | undefined): Promise<void> {
    if (value === undefined) {
      await this.#store.write({ sql: "DELETE FROM store WHERE area = ? AND key = ?", params: [area, key] });
      this.#area(area).delete(key);
      return;
    }
    const sql = "INSERT OR REPLACE INTO store (area, key, value) VALUES (?, ?, ?)";
    await this.#store.write({ sql, params: [area, key, value] });
    this.#area(area).set(key, value);
  }

  #area(area: string): Map<string, string> {
    const known = this.#areas.get(area) ?? new Map<string, string>();
    this.#areas.set(area, known);
    return known;
  }
}
