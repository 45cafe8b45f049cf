/** Makes a v1 torrent of what is on disk. */
import { stat } from "node:fs/promises";
import { buildMetainfo, choosePieceLength, type NewTorrent, TorrentialError } from "@torrential/core";
import { hashFiles } from "./hash-files.ts";
import { type FileList, listFiles } from "./list-files.ts";

export interface CreateProgress {
  readonly hashedBytes: number;
  readonly lengthBytes: number;
}

export interface CreateTorrentOptions extends Partial<
  Pick<NewTorrent, "name" | "trackers" | "webSeeds" | "isPrivate" | "comment" | "source" | "createdBy" | "creationDate">
> {
  /** Bytes; by default from the size of the data. */
  readonly pieceLength?: number | undefined;
  readonly threads?: number | undefined;
  readonly onProgress?: ((progress: CreateProgress) => void) | undefined;
  /** A sentence for each thing that was found and left out. */
  readonly onLeftOut?: ((sentence: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The bytes of a torrent file for a file or folder. Throws a TorrentialError "disk-…", "file-changed", "create-…" or
 * "metainfo-…", or the signal's reason.
 */
export async function createTorrent(path: string, options: CreateTorrentOptions = {}): Promise<Uint8Array> {
  const { pieceLength: wanted, threads, onProgress, onLeftOut, signal, name, ...outer } = options;
  const list = await listFiles(path);
  for (const sentence of list.leftOut) onLeftOut?.(sentence);
  const lengthBytes = list.files.reduce((sum, file) => sum + file.lengthBytes, 0);
  if (lengthBytes === 0) throw new TorrentialError("create-empty", `${path} has no bytes in it: wanted at least one.`);
  const pieceLength = wanted ?? choosePieceLength(lengthBytes);
  const pieceHashes = await hashFiles(
    list.files.map((file) => ({ path: file.realPath, lengthBytes: file.lengthBytes })),
    {
      pieceLength,
      threads,
      signal,
      onProgress: (hashedBytes) => onProgress?.({ hashedBytes, lengthBytes }),
    },
  );
  await assertUnchanged(list);
  return buildMetainfo({
    ...outer,
    name: name ?? list.name,
    ...(list.isSingleFile ? { lengthBytes } : { files: list.files }),
    pieceLength,
    pieceHashes,
  });
}

/** A file that grew or was rewritten meanwhile has hashes of nothing that exists. */
async function assertUnchanged(list: FileList): Promise<void> {
  for (const file of list.files) {
    const now = await stat(file.realPath, { bigint: false }).catch(() => undefined);
    if (now?.size !== file.lengthBytes || now.mtimeMs !== file.mtimeMs) {
      throw new TorrentialError("file-changed", `${file.realPath} changed while it was read: try again when it rests.`);
    }
  }
}
