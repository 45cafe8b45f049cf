/**
 * What an export holds beside settings, labels and torrents: limits of the tree, bans, saved views, what happened and how fast
 * it was. Rates of single torrents are by the day alone: the finer ones of many torrents are more than all else together.
 */
import type { LimitChange } from "@torrential/api";
import { TorrentialError } from "@torrential/core";
import { Fields } from "../state/fields.ts";
import type { Bans } from "./bans.ts";
import type { ServiceContext } from "./context.ts";
import { ServiceError } from "./errors.ts";
import { checkChange } from "./limit-book.ts";
import type { KeyValueStore } from "./service.ts";

const VIEWS = "views";
const BANS = "bans";
const PAGE = 1_000;
/** As the API of views has it. */
const VIEW_LENGTH_MAX = 65_536;

export interface PartsDeps {
  readonly context: ServiceContext;
  readonly values: KeyValueStore;
  readonly bans: () => Pick<Bans, "take" | "start">;
  /** Tells the engine of the limits that are kept. */
  readonly applyLimits: () => void;
}

export type Attempt = (ref: string, work: () => Promise<unknown>) => Promise<void>;

export class ArchiveParts {
  readonly #deps: PartsDeps;

  constructor(deps: PartsDeps) {
    this.#deps = deps;
  }

  /** What is small: kept under these names in the document. */
  head(): { readonly limits: object; readonly views: object; readonly bans: object } {
    const { context, values } = this.#deps;
    const { limits } = context;
    return {
      limits: Object.fromEntries([...limits.ids].map((id) => [id, limits.get(id)])),
      views: Object.fromEntries([...values.list(VIEWS)].map(([name, text]) => [name, JSON.parse(text)])),
      bans: Object.fromEntries([...values.list(BANS)].map(([key, text]) => [key, JSON.parse(text)])),
    };
  }

  /** What may be long: members of the document, a piece at a time. */
  *tail(): Generator<string> {
    yield ',\n"history":[';
    let separator = "";
    for (let last = 0; ;) {
      const events = this.#deps.context.history.since(last, { limit: PAGE });
      // Ids are those of one database.
      for (const { id, ...event } of events) {
        last = id;
        yield `${separator}\n${JSON.stringify(event)}`;
        separator = ",";
      }
      if (events.length < PAGE) break;
    }
    yield '],\n"rates":[';
    separator = "";
    const { store } = this.#deps.context;
    const sql = `SELECT info_hash, span, at_ms, down, up FROM rates WHERE info_hash = '' OR span = 'year'
      ORDER BY info_hash, span, at_ms`;
    for (const row of store.all(sql)) {
      yield `${separator}\n${JSON.stringify([row["info_hash"], row["span"], row["at_ms"], row["down"], row["up"]])}`;
      separator = ",";
    }
    yield "]";
  }

  /** Before the torrents, which come with their limits. */
  async importHead(document: object, attempt: Attempt): Promise<void> {
    const { context, values, bans } = this.#deps;
    for (const [id, change] of entriesOf(document, "limits"))
      await attempt(`limits of ${id}`, async () => {
        if (Object.keys(context.limits.get(id)).length > 0) return;
        checkChange(Object(change) as LimitChange);
        await context.limits.put(id, Object(change) as LimitChange);
      });
    for (const [name, view] of entriesOf(document, VIEWS))
      await attempt(`view ${name}`, async () => {
        const text = JSON.stringify(view);
        if (values.get(VIEWS, name) !== undefined) return;
        if (name === "" || text.length > VIEW_LENGTH_MAX) throw new ServiceError("invalid", "No view is so long");
        await values.set(VIEWS, name, text);
      });
    for (const [peer, ban] of entriesOf(document, BANS))
      await attempt(`ban of ${peer}`, () => bans().take(peer, Fields.of(ban)));
  }

  /** After them. `isFresh`: there was no torrent here before, so that this daemon carries on what the other was. */
  async importTail(document: object, { isFresh }: { readonly isFresh: boolean }): Promise<void> {
    const { context, bans, applyLimits } = this.#deps;
    applyLimits();
    await bans().start();
    if (!isFresh) return;
    const events = listOf(document, "history").flatMap(toFields);
    for (let at = 0; at < events.length; at += PAGE) await context.history.restore(events.slice(at, at + PAGE));
    const rates = listOf(document, "rates").flatMap(toRate);
    for (let at = 0; at < rates.length; at += PAGE) {
      const sql = "INSERT OR IGNORE INTO rates (info_hash, span, at_ms, down, up) VALUES (?, ?, ?, ?, ?)";
      await context.store.write(...rates.slice(at, at + PAGE).map((params) => ({ sql, params })));
    }
  }
}

function entriesOf(document: object, key: string): [string, unknown][] {
  const value: unknown = Reflect.get(document, key);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function listOf(document: object, key: string): readonly unknown[] {
  const value: unknown = Reflect.get(document, key);
  return Array.isArray(value) ? value : [];
}

/** Nothing for what is no object. */
function toFields(value: unknown): Fields[] {
  try {
    return [Fields.of(value)];
  } catch (error) {
    if (!(error instanceof TorrentialError)) throw error;
    return [];
  }
}

const SPANS: ReadonlySet<unknown> = new Set(["hour", "day", "week", "year"]);

function toRate(row: unknown): (string | number)[][] {
  if (!Array.isArray(row) || row.length !== 5) return [];
  const [infoHash, span, ...numbers]: unknown[] = row;
  if (typeof infoHash !== "string" || !/^(?:[0-9a-f]{40})?$/.test(infoHash) || !SPANS.has(span)) return [];
  const known = numbers.filter((each) => typeof each === "number" && Number.isSafeInteger(each) && each >= 0);
  return known.length === 3 ? [[infoHash, String(span), ...known.map(Number)]] : [];
}
