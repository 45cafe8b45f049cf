/** The bytes of a torrent's file, while it is still being downloaded. */
import { Readable } from "node:stream";
import { STRANGER_HEADERS } from "../../door/headers.ts";
import type { Handlers } from "../handler.ts";
import { ApiProblem } from "../problems.ts";
import { mediaTypeOf } from "../media-types.ts";
import { parseRange } from "../range.ts";
import { attachment, findTorrent } from "./torrent.ts";

export const contentHandlers: Handlers<"readFile"> = {
  readFile: ({ params, request, reply }, { service }) => {
    const torrent = findTorrent(service, params.ref);
    const file = service.torrents.files(torrent.infoHash).find(({ index }) => index === params.index);
    if (file === undefined) throw new ApiProblem("not-found", `file ${params.index}: the torrent has none`);
    // The bytes of a file are named by its torrent for ever.
    const etag = `"${torrent.infoHash}-${file.index}"`;
    const range = parseRange(request.headers.range, request.headers["if-range"]?.toString(), {
      etag,
      lengthBytes: file.sizeBytes,
    });
    const headers: Record<string, string> = {
      ...STRANGER_HEADERS,
      "content-type": mediaTypeOf(file.path),
      "content-disposition": attachment(file.path.split("/").at(-1) ?? "file"),
      "content-length": String(range.end - range.start),
      "accept-ranges": "bytes",
      etag,
      ...(range.isPart ? { "content-range": `bytes ${range.start}-${range.end - 1}/${file.sizeBytes}` } : {}),
    };
    const status = range.isPart ? 206 : 200;
    if (request.method === "HEAD") return { body: "", headers, status };
    const abort = new AbortController();
    reply.raw.once("close", () => abort.abort());
    const bytes = service.torrents.read(torrent.infoHash, file.index, range, abort.signal);
    return { body: Readable.from(bytes, { objectMode: false }), headers, status };
  },
};
