/** `torrent-add`: by path, URL, magnet link or contents. */
import { readFile } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { ServiceError } from "../../service/errors.ts";
import type { AddRequest, AddResult, AddSource } from "../../service/service.ts";
import type { Arguments } from "./arguments.ts";
import { RpcError } from "./errors.ts";
import { readFileWishes, toPriorities } from "./file-wishes.ts";
import { checkLabels } from "./labels.ts";
import type { Method, MethodContext } from "./method.ts";

export const torrentAdd: Method = async (args, context) => {
  const folder = args.text("download_dir");
  if (folder !== undefined && folder !== "" && !isAbsolute(folder)) {
    throw new RpcError("path-not-absolute", "download directory path is not absolute");
  }
  const request = await readRequest(args, folder, context);
  const { torrent, isDuplicate } = await add(request, context);
  if (!isDuplicate) await applyFileWishes(torrent.infoHash, args, context);
  const answer = { id: torrent.id, name: torrent.name, hash_string: torrent.infoHash };
  return isDuplicate ? { torrent_duplicate: answer } : { torrent_added: answer };
};

async function readRequest(args: Arguments, folder: string | undefined, context: MethodContext): Promise<AddRequest> {
  const labels = args.texts("labels");
  if (labels !== undefined) checkLabels(labels);
  const paused = args.bool("paused");
  const priority = args.int("bandwidth_priority");
  return {
    source: await readSource(args, context),
    folder: folder === "" ? undefined : folder,
    tags: labels,
    intent: paused === undefined ? undefined : paused ? "stop" : "start",
    peersMax: args.int("peer_limit"),
    priority: priority === -1 || priority === 0 || priority === 1 ? priority : undefined,
    isSequential: args.bool("sequential_download"),
  };
}

async function readSource(args: Arguments, context: MethodContext): Promise<AddSource> {
  const metainfo = args.text("metainfo");
  if (metainfo !== undefined && metainfo !== "") return { type: "file", bytes: Buffer.from(metainfo, "base64") };
  const filename = args.text("filename") ?? "";
  if (filename === "") throw new RpcError("invalid-params", "no filename or metainfo specified");
  if (/^https?:\/\//i.test(filename)) {
    const cookie = args.text("cookies");
    return { type: "url", url: filename, ...(cookie === undefined ? {} : { cookie }) };
  }
  if (isAbsolute(filename)) return { type: "file", bytes: await readTorrentFile(filename, context) };
  return { type: "magnet", uri: filename };
}

/** A file of this machine, under a configured root only (PROMISES C4). */
async function readTorrentFile(path: string, { service }: MethodContext): Promise<Uint8Array> {
  try {
    // The service checks the folder against the configured roots, after links are resolved.
    const folder = path.slice(0, path.lastIndexOf("/")) || "/";
    const files = await service.folders.list(folder, "files");
    if (!files.includes(path)) throw new RpcError("unrecognized-info", "unrecognized info");
    return await readFile(path);
  } catch (error) {
    if (error instanceof RpcError || error instanceof ServiceError) throw error;
    throw new RpcError("unrecognized-info", "unrecognized info");
  }
}

async function add(request: AddRequest, { service }: MethodContext): Promise<AddResult> {
  try {
    return await service.torrents.add({ ...request, onDuplicate: "refuse" });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === "duplicate") {
      const torrent = service.torrents.get((await service.torrents.preview(request.source)).infoHash);
      if (torrent !== undefined) return { torrent, isDuplicate: true };
    }
    const isUnreadable = error.code === "torrent-invalid" || error.code === "invalid";
    throw isUnreadable ? new RpcError("unrecognized-info", "unrecognized info") : error;
  }
}

async function applyFileWishes(infoHash: string, args: Arguments, { service }: MethodContext): Promise<void> {
  const wishes = readFileWishes(args);
  if (wishes.length === 0) return;
  await service.torrents.setFilePriorities(infoHash, toPriorities(service.torrents.files(infoHash), wishes));
}
