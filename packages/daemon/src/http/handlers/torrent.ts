/** One torrent. */
import type { TorrentView } from "../../service/torrent-view.ts";
import type { Service } from "../../service/service.ts";
import { digest, makeEtag } from "../etag.ts";
import type { Handlers } from "../handler.ts";
import { ApiProblem } from "../problems.ts";
import { parseRef, toPatch } from "./torrents.ts";

export const torrentHandlers: Handlers<
  | "showTorrent"
  | "updateTorrent"
  | "removeTorrent"
  | "restoreTorrent"
  | "moveInQueue"
  | "showMagnet"
  | "readMetainfo"
  | "showTorrentRates"
  | "listTorrentHistory"
> = {
  showTorrent: (call, { service, life }) => {
    const torrent = findTorrent(service, call.params.ref);
    call.setEtag(etagOf(torrent, life));
    return torrent;
  },

  updateTorrent: async (call, { service, life }) => {
    const before = findTorrent(service, call.params.ref);
    call.setEtag(etagOf(before, life));
    await one(service.torrents.update([before.infoHash], toPatch(call.body)));
    const after = findTorrent(service, before.infoHash);
    call.reply.header("etag", etagOf(after, life));
    return after;
  },

  removeTorrent: async ({ params, query }, { service }) => {
    const { deleteData = false, trash = false } = query;
    await one(service.torrents.remove([parseRef(params.ref)], { deleteData, trash }));
    return undefined;
  },

  restoreTorrent: async ({ params }, { service }) => await service.torrents.restore(params.ref.toLowerCase()),

  moveInQueue: async ({ params, body }, { service }) => {
    await service.queue.moveTo(parseRef(params.ref), body.position);
    return findTorrent(service, params.ref);
  },

  showMagnet: ({ params }, { service }) => ({ magnet: service.torrents.magnet(parseRef(params.ref)) }),

  readMetainfo: ({ params }, { service }) => {
    const { name, infoHash } = findTorrent(service, params.ref);
    return {
      body: service.torrents.metainfo(infoHash),
      headers: { "content-disposition": attachment(`${name}.torrent`) },
    };
  },

  showTorrentRates: ({ params, query }, { service }) =>
    service.session.rates(query.span ?? "minute", findTorrent(service, params.ref).infoHash),

  listTorrentHistory: ({ params, query }, { service }) => {
    const ref = findTorrent(service, params.ref).infoHash;
    const { after, before, limit = 100 } = query;
    if (after !== undefined) return service.history.since(after, { limit, ref });
    return service.history.latest({ limit, ref, ...(before === undefined ? {} : { before }) });
  },
};

/** Throws "not-found". */
export function findTorrent(service: Service, ref: string): TorrentView {
  const torrent = service.torrents.get(parseRef(ref));
  if (torrent === undefined) throw new ApiProblem("not-found", `torrent ${JSON.stringify(ref)}: there is none`);
  return torrent;
}

/** The result of a bulk command for one, as that one's error. */
async function one(
  work: Promise<{ readonly failed: readonly { readonly code: string; readonly message: string }[] }>,
): Promise<void> {
  const [failure] = (await work).failed;
  if (failure !== undefined) throw new ApiProblem(failure.code, failure.message);
}

/** Rates change all the time, options seldom: a caller's If-Match means the options. */
function etagOf(torrent: TorrentView, life: string): string {
  const { name, category, tags, isAutoManaged, limits, shareLimits, priority, isSequential, isFirstLast } = torrent;
  const { isSuperSeeding, peersMax, incompleteFolder, comment } = torrent;
  const editable = digest([
    [name, category, tags, isAutoManaged, limits, shareLimits, priority],
    [isSequential, isFirstLast, isSuperSeeding, peersMax, incompleteFolder, comment],
  ]);
  return makeEtag({ editable, rest: `${life}-${torrent.revision}` });
}

/** A header value, whatever a stranger called the file (RFC 6266, RFC 8187). */
export function attachment(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%/]/g, "_").slice(0, 150);
  const encoded = encodeURIComponent(name.slice(0, 150).toWellFormed()).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
