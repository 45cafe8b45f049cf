/** Lists of torrents, and what is done to many at once. */
import type { BulkResult, TorrentAction, TorrentPatch as ApiPatch } from "@torrential/api";
import type { Service, TorrentPatch, TorrentRef } from "../../service/service.ts";
import { cursorAt, decodeCursor, encodeCursor, findStart } from "../cursor.ts";
import { digest, makeEtag } from "../etag.ts";
import { type Handlers, JsonText, KNOWN } from "../handler.ts";
import { parseFields, parseSort, toFilter } from "../list-query.ts";
import { ApiProblem } from "../problems.ts";
import { RowTexts } from "../row-texts.ts";

const PAGE_DEFAULT = 100;

const rows = new RowTexts();

export const torrentsHandlers: Handlers<"listTorrents" | "countTorrents" | "actOnTorrents" | "banPeers"> = {
  listTorrents: (call, { service, life }) => {
    const { query } = call;
    const { sort, descending } = parseSort(query.sort);
    const fields = parseFields(query.fields);
    if (call.setEtag(makeEtag({ editable: digest([life, service.revision, query]) }))) return KNOWN;
    const limit = query.limit ?? PAGE_DEFAULT;
    const filter = toFilter(query);
    const cursor = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    // A cursor names a value, not a number: the whole order is needed to find it.
    const range = cursor === undefined ? { offset: query.offset ?? 0, limit } : {};
    const page = service.torrents.list({ filter, sort, descending, ...range });
    const start = cursor === undefined ? 0 : findStart(page.torrents, cursor, { sort, descending });
    const torrents = page.torrents.slice(start, start + limit);
    const end = (cursor === undefined ? (query.offset ?? 0) : start) + torrents.length;
    const last = torrents.at(-1);
    const head = {
      revision: page.revision,
      total: page.total,
      ...(last === undefined || end >= page.total ? {} : { nextCursor: encodeCursor(cursorAt(last, { sort })) }),
    };
    return new JsonText(`${JSON.stringify(head).slice(0, -1)},"torrents":${rows.write(torrents, fields)}}`);
  },

  countTorrents: ({ query }, { service }) => {
    const counts = service.torrents.counts(toFilter(query));
    return { ...counts, states: { ...counts.states } };
  },

  actOnTorrents: async ({ body }, { service }) => await act(service, chooseRefs(service, body), body),

  banPeers: async ({ body }, { service }) => {
    await service.torrents.banPeers(body.endpoints);
    return undefined;
  },
};

/** By name, or all that pass a filter; one of the two, so that an empty list is never everything. */
function chooseRefs(service: Service, { refs, filter }: TorrentAction): readonly TorrentRef[] {
  if ((refs === undefined) === (filter === undefined)) {
    throw new ApiProblem("invalid", "give either `refs` or `filter`", {
      errors: [{ pointer: "/body/refs", detail: "either this or filter" }],
    });
  }
  if (refs !== undefined) return refs.map(parseRef);
  return service.torrents.list({ filter: toFilter(filter ?? {}) }).torrents.map(({ infoHash }) => infoHash);
}

/** "12" is an id, 40 digits are a hash. */
export function parseRef(ref: string | number): TorrentRef {
  return typeof ref === "string" && /^\d{1,9}$/.test(ref) ? Number(ref) : ref;
}

function act(service: Service, refs: readonly TorrentRef[], body: TorrentAction): Promise<BulkResult> {
  const { torrents, queue } = service;
  switch (body.action) {
    case "start":
      return torrents.setIntent(refs, "start");
    case "force-start":
      return torrents.setIntent(refs, "force");
    case "stop":
      return torrents.setIntent(refs, "stop");
    case "recheck":
      return torrents.recheck(refs);
    case "reannounce":
      return torrents.reannounce(refs);
    case "remove":
      return torrents.remove(refs, { deleteData: body.deleteData ?? false, trash: body.trash ?? false });
    case "move":
      return torrents.setFolder(refs, need(body.folder, "folder"), { move: body.moveData ?? true });
    case "tag":
      return torrents.tag(refs, { add: body.addTags ?? [], remove: body.removeTags ?? [] });
    case "update":
      return torrents.update(refs, toPatch(need(body.patch, "patch")));
    case "queue-top":
      return queue.move(refs, "top");
    case "queue-up":
      return queue.move(refs, "up");
    case "queue-down":
      return queue.move(refs, "down");
    case "queue-bottom":
      return queue.move(refs, "bottom");
    default:
      return body.action satisfies never;
  }
}

/** null in JSON takes away, where the service has undefined. */
export function toPatch(patch: ApiPatch): TorrentPatch {
  const { category, peersMax, ...rest } = patch;
  return {
    ...rest,
    ...(category === undefined ? {} : { category: category ?? undefined }),
    ...(peersMax === undefined ? {} : { peersMax: peersMax ?? undefined }),
  };
}

function need<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new ApiProblem("invalid", `/body/${name} is missing`, {
    errors: [{ pointer: `/body/${name}`, detail: "is missing" }],
  });
}
