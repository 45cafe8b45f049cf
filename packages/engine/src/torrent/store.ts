/** What one torrent asks of the disk as a whole, and of the place where its journal lies. */
import type { Layout } from "../files/layout.ts";
import { PLACE_SUFFIX } from "../files/relocation.ts";
import type { FilePlace } from "../ports/disk.ts";
import { encodePartials, type PartialPiece } from "../resume/partial.ts";
import type { TorrentContext } from "./context.ts";

/** Key suffix under which unfinished pieces are kept, beside the journal. */
const PARTIALS_SUFFIX = ".partials";

export class TorrentStore {
  readonly #context: TorrentContext;
  readonly #layout: Layout;

  constructor(context: TorrentContext, layout: Layout) {
    this.#context = context;
    this.#layout = layout;
  }

  /** Asks what is there: answered by `opened`, with the files' stamps. */
  open(): void {
    const { out, nextId, store, metainfo } = this.#context;
    const files = this.#layout.storeFiles();
    const { pieceLength, pieceHashes } = metainfo;
    const job = {
      type: "open",
      job: nextId(),
      store,
      root: this.#layout.root,
      files,
      pieceLength,
      pieceHashes,
    } as const;
    out.push({ type: "disk", job });
  }

  /** Files change their place below the root. Returns the job's number. */
  relayout(places: readonly FilePlace[]): number | undefined {
    if (places.length === 0) return undefined;
    const { out, nextId, store } = this.#context;
    const job = nextId();
    out.push({ type: "disk", job: { type: "relayout", job, store, root: this.#layout.root, places } });
    return job;
  }

  /** Files of zero length: no piece ever makes them. */
  makeEmpty(files: readonly number[]): void {
    const { out, nextId, store } = this.#context;
    if (files.length > 0) out.push({ type: "disk", job: { type: "make-empty", job: nextId(), store, files } });
  }

  /** Answered by `closed`. */
  close(options: { readonly deleteFiles: boolean; readonly deleteAlternatives?: boolean }): void {
    const { out, nextId, store, cache } = this.#context;
    cache.dropStore(store);
    out.push({ type: "disk", job: { type: "close", job: nextId(), store, ...options } });
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
    out.push({ type: "journal-remove", key: infoHash + PLACE_SUFFIX });
    this.forgetPartials();
  }
}
