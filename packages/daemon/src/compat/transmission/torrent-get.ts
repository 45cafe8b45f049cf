/** `torrent-get`: any fields of any torrents, as objects or as a table. */
import { setImmediate } from "node:timers/promises";
import type { TorrentView } from "../../service/torrent-view.ts";
import { RpcError } from "./errors.ts";
import type { Method, MethodContext } from "./method.ts";
import { canonicalName, respell } from "./names.ts";
import { TORRENT_FIELDS } from "./torrent-fields.ts";
import { Lookup, TORRENT_LISTS } from "./torrent-lists.ts";
import { isRecentlyActive, selectTorrents } from "./torrent-refs.ts";

/** A field under the name that the client asked for: some ask for one field under two. */
interface AskedField {
  readonly name: string;
  readonly read: (lookup: Lookup) => unknown;
}

export const torrentGet: Method = async (args, context) => {
  const names = args.texts("fields");
  if (names === undefined) throw new RpcError("invalid-params", "no fields specified");
  const fields = [...new Set(names)].flatMap((name) => findField(name, context));
  const views = selectTorrents(context.service, context.recent, args);
  const rows: unknown[][] = [];
  for (let first = 0; first < views.length; first += ROWS_AT_ONCE) {
    const some = views.slice(first, first + ROWS_AT_ONCE);
    rows.push(...(await Promise.all(some.map((view) => readRow(view, fields, context)))));
    // Others are answered between: 10,000 rows take their time.
    if (first + ROWS_AT_ONCE < views.length) await setImmediate();
  }
  const torrents =
    args.text("format") === "table"
      ? [fields.map(({ name }) => name), ...rows]
      : rows.map((row) => Object.fromEntries(fields.map(({ name }, index) => [name, row[index]])));
  return isRecentlyActive(args) ? { torrents, removed: context.recent.removedIds } : { torrents };
};

/** Rows whose questions to the engine are under way together. */
const ROWS_AT_ONCE = 100;

/** None for names that no version has: clients ask for fields of other versions. */
function findField(name: string, { dialect }: MethodContext): AskedField[] {
  const canonical = canonicalName(name);
  const simple = TORRENT_FIELDS.get(canonical);
  if (simple !== undefined) return [{ name, read: ({ view }) => simple(view) }];
  const list = TORRENT_LISTS.get(canonical);
  if (list === undefined) return [];
  // The classic form writes these flags as numbers.
  if (canonical === "wanted" && dialect === "classic") {
    return [{ name, read: ({ files }) => files.map(({ priority }) => Number(priority > 0)) }];
  }
  return [{ name, read: list }];
}

async function readRow(view: TorrentView, fields: readonly AskedField[], context: MethodContext): Promise<unknown[]> {
  const lookup = new Lookup(context.service, view);
  const row: unknown[] = [];
  for (const { read } of fields) {
    const value = read(lookup);
    row.push(respell(value instanceof Promise ? await value : value, context.torrentSpelling));
  }
  return row;
}
