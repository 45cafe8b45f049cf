/** What happened, for people to read: kept in the database, the newest in memory too. */
import type { InfoHash } from "@torrential/core";
import type { Row, StateStore } from "../state/state-store.ts";
import type { Fields } from "../state/fields.ts";
import { HISTORY_TYPES, type HistoryEvent } from "./changes.ts";
import type { Clock } from "./context.ts";

/** Kept on disk: weeks of a busy day's events. */
const KEPT_MAX = 50_000;
/** Old ones are deleted this many at a time. */
const TRIM_EVERY = 1_000;
const PAGE_MAX = 1_000;
/** Not on disk yet; beyond it the disk refuses, and the oldest are let go. */
const UNSAVED_MAX = 5_000;

const MESSAGE_MAX = 4_000;
const LEVELS = ["info", "warning", "error"] as const;

export type NewEvent = Pick<HistoryEvent, "type" | "message"> & Partial<Pick<HistoryEvent, "level" | "infoHash">>;

export class History {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: HistoryEvent) => void>();
  #unsaved: HistoryEvent[] = [];
  #lastId: number;

  constructor(store: StateStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    const row = store.get("SELECT seq FROM sqlite_sequence WHERE name = 'history'");
    const largest = store.get("SELECT max(id) AS id FROM history")?.["id"];
    this.#lastId = Math.max(Number(row?.["seq"] ?? 0), Number(largest ?? 0));
  }

  add({ type, message, level = "info", infoHash }: NewEvent): HistoryEvent {
    this.#lastId += 1;
    const event: HistoryEvent = { id: this.#lastId, atMs: this.#clock.wall(), level, type, infoHash, message };
    this.#unsaved.push(event);
    if (this.#unsaved.length > UNSAVED_MAX) this.#unsaved.shift();
    for (const listener of this.#listeners) listener(event);
    return event;
  }

  subscribe(listener: (event: HistoryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * What happened elsewhere, before: it comes behind what is here, with its own times, and no hook or watcher hears of it.
   * What has no time or no text is left out.
   */
  async restore(events: readonly Fields[]): Promise<void> {
    for (const fields of events) {
      const [atMs, message, type] = [
        fields.number("atMs"),
        fields.text("message"),
        fields.oneOf("type", HISTORY_TYPES),
      ];
      if (atMs === undefined || message === undefined || type === undefined) continue;
      this.#lastId += 1;
      const level = fields.oneOf("level", LEVELS) ?? "info";
      const infoHash = fields.text("infoHash") as InfoHash | undefined;
      this.#unsaved.push({ id: this.#lastId, atMs, level, type, infoHash, message: message.slice(0, MESSAGE_MAX) });
    }
    await this.save();
  }

  /** Oldest first. */
  since(id: number, options: { readonly limit?: number; readonly infoHash?: InfoHash } = {}): readonly HistoryEvent[] {
    const limit = Math.min(options.limit ?? PAGE_MAX, PAGE_MAX);
    const [where, params] = conditionOf(options.infoHash);
    const rows = this.#store.all(
      `SELECT * FROM history WHERE id > ?${where} ORDER BY id LIMIT ?`,
      id,
      ...params,
      limit,
    );
    const saved = rows.map(toEvent);
    const lastSaved = saved.at(-1)?.id ?? id;
    if (saved.length === limit) return saved;
    return [...saved, ...this.#pending(options.infoHash).filter((event) => event.id > lastSaved)].slice(0, limit);
  }

  /** Newest first. */
  latest(
    options: { readonly limit?: number; readonly before?: number; readonly infoHash?: InfoHash } = {},
  ): readonly HistoryEvent[] {
    const limit = Math.min(options.limit ?? PAGE_MAX, PAGE_MAX);
    const before = options.before ?? this.#lastId + 1;
    const pending = this.#pending(options.infoHash)
      .filter((event) => event.id < before)
      .toReversed();
    const [where, params] = conditionOf(options.infoHash);
    const rows = this.#store.all(
      `SELECT * FROM history WHERE id < ?${where} ORDER BY id DESC LIMIT ?`,
      before,
      ...params,
      limit,
    );
    const known = new Set(pending.map(({ id }) => id));
    return [...pending, ...rows.map(toEvent).filter(({ id }) => !known.has(id))].slice(0, limit);
  }

  /** Puts on disk what is not there yet. */
  async save(): Promise<void> {
    const events = this.#unsaved;
    if (events.length === 0) return;
    const changes = events.map((event) => ({
      sql: "INSERT OR IGNORE INTO history (id, at_ms, level, type, info_hash, message) VALUES (?, ?, ?, ?, ?, ?)",
      params: [event.id, event.atMs, event.level, event.type, event.infoHash ?? null, event.message],
    }));
    const last = events.at(-1)?.id ?? 0;
    const isTrimDue = events.some(({ id }) => id % TRIM_EVERY === 0);
    const trim = { sql: "DELETE FROM history WHERE id <= ?", params: [last - KEPT_MAX] };
    await this.#store.write(...changes, ...(isTrimDue ? [trim] : []));
    this.#unsaved = this.#unsaved.filter(({ id }) => id > last);
  }

  #pending(infoHash: InfoHash | undefined): HistoryEvent[] {
    return infoHash === undefined ? this.#unsaved : this.#unsaved.filter((event) => event.infoHash === infoHash);
  }
}

function conditionOf(infoHash: InfoHash | undefined): [string, string[]] {
  return infoHash === undefined ? ["", []] : [" AND info_hash = ?", [infoHash]];
}

function toEvent(row: Row): HistoryEvent {
  const infoHash = row["info_hash"];
  return {
    id: Number(row["id"]),
    atMs: Number(row["at_ms"]),
    level: row["level"] as HistoryEvent["level"],
    type: row["type"] as HistoryEvent["type"],
    infoHash: typeof infoHash === "string" ? (infoHash as InfoHash) : undefined,
    message: String(row["message"]),
  };
}
