/** A torrent that goes away, once it is at rest: what it made on disk first, then what is remembered of it. */
import type { TorrentFiles } from "../files/torrent-files.ts";

export interface RemovalOptions {
  readonly deleteFiles: boolean;
  /** The journal stays. */
  readonly keepState?: boolean;
}

export class Removal {
  readonly #options: RemovalOptions;
  readonly #files: TorrentFiles;
  #isAsked = false;

  constructor(options: RemovalOptions, files: TorrentFiles) {
    this.#options = options;
    this.#files = files;
  }

  /** Asks the disk for what must go, which is answered by `closed`. True when nothing is left to ask for. */
  goOn(): boolean {
    const { deleteFiles, keepState = false } = this.#options;
    // Blocks of unwanted files are of no use to anybody else.
    const deleteAlternatives = !keepState && this.#files.layout.hasParts;
    if (this.#isAsked || (!deleteFiles && !deleteAlternatives)) return true;
    this.#isAsked = true;
    this.#files.store.open();
    this.#files.store.close({ deleteFiles, deleteAlternatives });
    return false;
  }

  forget(): void {
    if (this.#options.keepState !== true) this.#files.store.forgetJournal();
    this.#files.giveUp();
  }
}
