/** The bytes of a torrent's file, while it is still being downloaded. */
import { serveFile } from "@torrential/node";
import { HIJACKED, type Handlers } from "../handler.ts";
import { ApiProblem } from "../problems.ts";
import { findTorrent } from "./torrent.ts";

export const contentHandlers: Handlers<"readFile"> = {
  readFile: ({ params, request, reply }, { service }) => {
    const { infoHash } = findTorrent(service, params.ref);
    const file = service.torrents.files(infoHash).find(({ index }) => index === params.index);
    if (file === undefined) throw new ApiProblem("not-found", `file ${params.index}: the torrent has none`);
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    reply.hijack();
    void serveFile(request.raw, reply.raw, {
      name: file.path.split("/").at(-1) ?? "file",
      lengthBytes: file.sizeBytes,
      // The bytes of a file are named by its torrent for ever.
      etag: `"${infoHash}-${file.index}"`,
      stream: (range) => ReadableStream.from(service.torrents.read(infoHash, file.index, range, gone.signal)),
    });
    return HIJACKED;
  },
};
