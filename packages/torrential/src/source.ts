/** What SOURCE can be, and how it becomes a torrent. */
import { open } from "node:fs/promises";
import {
  type Magnet,
  type Metainfo,
  METAINFO_MAX_BYTES,
  parseMagnet,
  parseMetainfo,
  TorrentialError,
} from "@torrential/core";

export type SourceKind = "file" | "url" | "magnet";

/** A torrent, or a link to one. */
export type Loaded =
  | { readonly type: "torrent"; readonly source: string; readonly metainfo: Metainfo }
  | { readonly type: "magnet"; readonly source: string; readonly magnet: Magnet };

/** By its beginning. Throws "source-unknown" for a URL of another scheme. */
export function kindOfSource(source: string): SourceKind {
  if (/^magnet:/i.test(source)) return "magnet";
  if (/^https?:\/\//i.test(source)) return "url";
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(source)?.[1];
  if (scheme === undefined) return "file";
  throw new TorrentialError("source-unknown", `${source}: got a URL of scheme ${scheme}, wanted http, https or magnet`);
}

/** Loads a source; `fetch` gets the bytes of a URL. Throws a TorrentialError. */
export async function loadSource(source: string, fetch: (url: string) => Promise<Uint8Array>): Promise<Loaded> {
  switch (kindOfSource(source)) {
    case "magnet":
      return { type: "magnet", source, magnet: parseMagnet(source) };
    case "url":
      return { type: "torrent", source, metainfo: parse(await fetch(source)) };
    case "file":
      return { type: "torrent", source, metainfo: parse(await readTorrentFile(source)) };
  }
}

function parse(bytes: Uint8Array): Metainfo {
  return parseMetainfo(bytes, { windows: process.platform === "win32" });
}

/** The torrent that can be seeded, verified or downloaded from a file. Throws "magnet-unsupported" or "v2-unsupported". */
export function needTorrent(loaded: Loaded): Metainfo {
  if (loaded.type === "magnet") {
    const { name, infoHashV1, infoHashV2 } = loaded.magnet;
    throw new TorrentialError(
      "magnet-unsupported",
      `magnet link of ${name ?? infoHashV1 ?? infoHashV2 ?? ""}: what is there cannot be told from a link alone, wanted a .torrent file`,
    );
  }
  const { metainfo } = loaded;
  if (metainfo.infoHashV1 !== undefined) return metainfo;
  throw new TorrentialError(
    "v2-unsupported",
    `${metainfo.name}: torrents that are v2 only are not supported yet, wanted v1 or hybrid`,
  );
}

/** Throws "source-unreadable" or "metainfo-limit". */
async function readTorrentFile(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, "r");
    const stats = await file.stat();
    if (stats.isDirectory()) {
      throw new TorrentialError("source-unreadable", `${path}: got a folder, wanted a .torrent file`);
    }
    return await readWhole(file, path);
  } catch (cause) {
    if (cause instanceof TorrentialError) throw cause;
    const errno = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    throw new TorrentialError("source-unreadable", `${path}: could not be read: ${REASONS[errno] ?? errno}`, { cause });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission was denied",
  ENOTDIR: "a part of its path is no folder",
  ENAMETOOLONG: "its name is too long",
  EIO: "the device failed",
};

/** Reads to the end, but never more than a torrent may have: a pipe or a device does not say how long it is. */
async function readWhole(
  file: { read(buffer: Uint8Array): Promise<{ bytesRead: number }> },
  path: string,
): Promise<Uint8Array> {
  const bytes: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const part = new Uint8Array(1 << 16);
    const { bytesRead } = await file.read(part);
    if (bytesRead === 0) return Buffer.concat(bytes);
    bytes.push(part.subarray(0, bytesRead));
    length += bytesRead;
    if (length > METAINFO_MAX_BYTES) {
      throw new TorrentialError(
        "metainfo-limit",
        `${path}: got more than ${METAINFO_MAX_BYTES} bytes, which is the most that a torrent may have`,
      );
    }
  }
}
