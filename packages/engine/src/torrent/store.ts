/** What one torrent asks of the disk as a whole, and of the place where its journal lies. */
import type { StoreFile } from "../ports/disk.ts";
import { encodePartials, type PartialPiece } from "../resume/partial.ts";
import type { TorrentContext } from "./context.ts";

/** Key suffix under which unfinished pieces are kept, beside the journal. */
const PARTIALS_SUFFIX = ".partials";

export class TorrentStore {
  readonly #context: TorrentContext;
  readonly #root: string;

  constructor(context: TorrentContext, root: string) {
    this.#context = context;
    this.#root = root;
  }

  /** Asks what is there: answered by `opened`, with the files' stamps. */
  open(): void {
    const { out, nextId, store, metainfo } = this.#context;
    const files: StoreFile[] = metainfo.files.map((file) => ({
      path: file.path,
      lengthBytes: file.lengthBytes,
      isPad: file.isPad,
      isExecutable: file.isExecutable,
    }));
    const { pieceLength, pieceHashes } = metainfo;
    const job = { type: "open", job: nextId(), store, root: this.#root, files, pieceLength, pieceHashes } as const;
    out.push({ type: "disk", job });
  }

  /** Files of zero length: no piece ever makes them. */
  makeEmpty(files: readonly number[]): void {
    const { out, nextId, store } = this.#context;
    if (files.length > 0) out.push({ type: "disk", job: { type: "make-empty", job: nextId(), store, files } });
  }

  /** Answered by `closed`. */
  close(options: { readonly deleteFiles: boolean }): void {
    const { out, nextId, store, cache } = this.#context;
    cache.dropStore(store);
    out.push({ type: "disk", job: { type: "close", job: nextId(), store, deleteFiles: options.deleteFiles } });
  }

  savePartials(partials: readonly PartialPiece[]): void {
    if (partials.length === 0) return;
    const { out, infoHash } = this.#context;
    const bytes = encodePartials(infoHash, partials);
    out.push({ type: "journal-replace", key: infoHash + PARTIALS_SUFFIX, bytes });
  }

  forgetPartials(): void {
    const { out, infoHash } = this.#context;
    out.push({ type: "journal-remove", key: infoHash + PARTIALS_SUFFIX });
  }

  forgetJournal(): void {
    const { out, infoHash } = this.#context;
    out.push({ type: "journal-remove", key: infoHash });
    this.forgetPartials();
  }
}
