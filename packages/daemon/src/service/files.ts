/** The files of torrents, parsed from the metadata when somebody looks, and how much of each is here. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Bitfield, type InfoHash, type Metainfo, type TorrentFile } from "@torrential/core";
import { decodeJournal } from "@torrential/engine";
import type { StateStore } from "../state/state-store.ts";
import { parseStoredMetainfo } from "../state/stored-metainfo.ts";
import type { Entry } from "./entry.ts";
import { ServiceError } from "./errors.ts";
import { fileNames } from "./file-names.ts";
import { readMetadata } from "./saving.ts";
import type { FileView } from "./torrent-view.ts";

/** Parsed torrents that are kept: those that people look at. */
const CACHE_MAX = 16;
/** Files of all torrents whose layout is kept: programs that ask for the files of every torrent ask again soon. */
const LAYOUT_FILES_MAX = 50_000;
const PRIORITY_NORMAL = 4;
/** Of the engine's part of the state folder. */
export const ENGINE_FOLDER = "engine";

/** What is needed to tell of a torrent's files: a small part of its metadata. */
export type FileLayout = Pick<Metainfo, "files" | "name" | "isSingleFile" | "pieceLength" | "pieceCount">;

export class MetainfoCache {
  readonly #store: StateStore;
  readonly #cache = new Map<InfoHash, Metainfo>();
  readonly #layouts = new Map<InfoHash, FileLayout>();
  #layoutFiles = 0;

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** Undefined without metadata. Throws "torrent-invalid" when the database gives back something else. */
  get(infoHash: InfoHash): Metainfo | undefined {
    const known = this.#cache.get(infoHash);
    if (known !== undefined) return known;
    const bytes = readMetadata(this.#store, infoHash);
    if (bytes === undefined) return undefined;
    const metainfo = parse(infoHash, bytes);
    this.#cache.set(infoHash, metainfo);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > CACHE_MAX && oldest !== undefined) this.#cache.delete(oldest);
    return metainfo;
  }

  /** As `get`, and kept for longer. */
  layout(infoHash: InfoHash): FileLayout | undefined {
    const known = this.#layouts.get(infoHash);
    if (known !== undefined) return known;
    const metainfo = this.get(infoHash);
    if (metainfo === undefined) return undefined;
    const { files, name, isSingleFile, pieceLength, pieceCount } = metainfo;
    const layout: FileLayout = { files, name, isSingleFile, pieceLength, pieceCount };
    this.#layouts.set(infoHash, layout);
    this.#layoutFiles += files.length;
    for (const [oldest, { files: gone }] of this.#layouts) {
      if (this.#layoutFiles <= LAYOUT_FILES_MAX) break;
      this.#layouts.delete(oldest);
      this.#layoutFiles -= gone.length;
    }
    return layout;
  }

  /** Throws "no-metadata". */
  need(infoHash: InfoHash): Metainfo {
    const metainfo = this.get(infoHash);
    if (metainfo !== undefined) return metainfo;
    throw new ServiceError("no-metadata", "The torrent's metadata is not here yet");
  }
}

function parse(infoHash: InfoHash, bytes: Uint8Array): Metainfo {
  try {
    return parseStoredMetainfo(bytes);
  } catch (cause) {
    throw new ServiceError("torrent-invalid", `The metadata of ${infoHash} in the state is damaged`, { cause });
  }
}

/** The pieces that are here: as the engine says, or as its journal says while it rests. */
export function piecesOf(entry: Entry, { pieceCount }: Pick<Metainfo, "pieceCount">, stateFolder: string): Bitfield {
  if (entry.live?.piecesHave === pieceCount) return allPieces(pieceCount);
  const bytes = entry.have;
  if (bytes !== undefined && bytes.length === Math.ceil(pieceCount / 8)) return Bitfield.fromBytes(pieceCount, bytes);
  try {
    const journal = readFileSync(join(stateFolder, ENGINE_FOLDER, `${entry.infoHash}.resume`));
    const resume = decodeJournal(journal, { infoHash: entry.infoHash, pieceCount });
    return resume?.have ?? new Bitfield(pieceCount);
  } catch {
    // No journal: nothing is known to be here.
    return new Bitfield(pieceCount);
  }
}

function allPieces(count: number): Bitfield {
  const all = new Bitfield(count);
  all.setAll();
  return all;
}

export function makeFileViews(entry: Entry, layout: FileLayout, have: Bitfield): readonly FileView[] {
  const names = fileNames(layout, entry.record);
  return layout.files.flatMap((file, index) =>
    file.isPad ? [] : [makeFileView(entry, layout, have, { file, index, path: names[index]?.join("/") ?? "" })],
  );
}

function makeFileView(
  entry: Entry,
  metainfo: FileLayout,
  have: Bitfield,
  { file, index, path }: { readonly file: TorrentFile; readonly index: number; readonly path: string },
): FileView {
  const end = file.offsetBytes + file.lengthBytes;
  const firstPiece = Math.min(
    Math.floor(file.offsetBytes / metainfo.pieceLength),
    Math.max(0, metainfo.pieceCount - 1),
  );
  const lastPiece = file.lengthBytes === 0 ? firstPiece : Math.floor((end - 1) / metainfo.pieceLength);
  let verifiedBytes = have.isFull ? file.lengthBytes : 0;
  for (let piece = firstPiece; piece <= lastPiece && !have.isFull; piece++) {
    if (!have.has(piece)) continue;
    const begin = piece * metainfo.pieceLength;
    verifiedBytes += Math.max(0, Math.min(end, begin + metainfo.pieceLength) - Math.max(file.offsetBytes, begin));
  }
  return {
    index,
    path,
    sizeBytes: file.lengthBytes,
    verifiedBytes,
    progress: file.lengthBytes === 0 ? 1 : verifiedBytes / file.lengthBytes,
    priority: entry.record.filePriorities[index] ?? PRIORITY_NORMAL,
    isPad: false,
    firstPiece,
    lastPiece,
  };
}
