/** `torrent-get`: any fields of any torrents, as objects or as a table. */
import { setImmediate } from "node:timers/promises";
import type { TorrentView } from "../../service/torrent-view.ts";
import { listOf, WrittenJson } from "../written-json.ts";
import { RpcError } from "./errors.ts";
import type { Method, MethodContext } from "./method.ts";
import { canonicalName } from "./names.ts";
import { SpelledJson } from "./spelled-json.ts";
import { TORRENT_FIELDS } from "./torrent-fields.ts";
import { Lookup, TORRENT_LISTS } from "./torrent-lists.ts";
import { isRecentlyActive, selectTorrents } from "./torrent-refs.ts";

/** A field under the name that the client asked for: some ask for one field under two. */
interface AskedField {
  readonly name: string;
  readonly read: (lookup: Lookup) => unknown;
}

/** How one torrent is written: `{` and `}` around fields with their names, or `[` and `]` around values. */
interface RowShape {
  readonly heads: readonly string[];
  readonly open: string;
  readonly close: string;
}

export const torrentGet: Method = async (args, context) => {
  const names = args.texts("fields");
  if (names === undefined) throw new RpcError("invalid-params", "no fields specified");
  const fields = [...new Set(names)].flatMap((name) => findField(name, context));
  const isTable = args.text("format") === "table";
  const views = selectTorrents(context.service, context.recent, args);
  const rows = await writeRows(views, fields, { context, isTable });
  const first = isTable ? [JSON.stringify(fields.map(({ name }) => name))] : [];
  const torrents = new WrittenJson(listOf([...first, ...rows]));
  return isRecentlyActive(args) ? { torrents, removed: context.recent.removedIds } : { torrents };
};

/** Rows whose questions to the engine are under way together. */
const ROWS_AT_ONCE = 100;

/** Others are answered between: 10,000 rows take their time. */
async function writeRows(
  views: readonly TorrentView[],
  fields: readonly AskedField[],
  { context, isTable }: { readonly context: MethodContext; readonly isTable: boolean },
): Promise<readonly string[]> {
  const json = new SpelledJson(context.torrentSpelling);
  const heads = fields.map(({ name }) => (isTable ? "" : `${JSON.stringify(name)}:`));
  const shape = { heads, open: isTable ? "[" : "{", close: isTable ? "]" : "}" };
  const rows: string[] = [];
  for (let first = 0; first < views.length; first += ROWS_AT_ONCE) {
    const some = views.slice(first, first + ROWS_AT_ONCE).filter((view) => isThere(view, context));
    const values = some.map((view) => readRow(new Lookup(context.service, view), fields));
    for (const row of await Promise.all(values)) rows.push(writeRow(row, shape, json));
    if (first + ROWS_AT_ONCE < views.length) await setImmediate();
  }
  return rows;
}

/** It may have been removed while rows before it were written. */
function isThere({ infoHash }: TorrentView, { service }: MethodContext): boolean {
  return service.torrents.get(infoHash) !== undefined;
}

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

async function readRow(lookup: Lookup, fields: readonly AskedField[]): Promise<readonly unknown[]> {
  const values = fields.map(({ read }) => read(lookup));
  return values.some((value) => value instanceof Promise) ? await Promise.all(values) : values;
}

// hot
function writeRow(values: readonly unknown[], { heads, open, close }: RowShape, json: SpelledJson): string {
  let text = open;
  for (let index = 0; index < values.length; index++) {
    text += (index === 0 ? "" : ",") + (heads[index] ?? "") + json.write(values[index]);
  }
  return text + close;
}
