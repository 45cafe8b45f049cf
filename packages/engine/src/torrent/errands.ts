/** What a torrent must be at rest for: renaming and moving, removal, and being started again after that. */
import type { TorrentFiles } from "../files/torrent-files.ts";
import { Removal, type RemovalOptions } from "./removal.ts";

export class Errands {
  /** To be started again once stopped. */
  restart = false;
  readonly #files: TorrentFiles;
  #removal: Removal | undefined;

  constructor(files: TorrentFiles) {
    this.#files = files;
  }

  get isRemoving(): boolean {
    return this.#removal !== undefined;
  }

  /** Nothing is asked for. */
  get isIdle(): boolean {
    return !this.restart && this.#removal === undefined && !this.#files.isRelocating && !this.#files.mustReopen;
  }

  remove(options: RemovalOptions): void {
    this.#removal = new Removal(options, this.#files);
  }

  /** The torrent is at rest. `removed`: nothing of it is left on disk that had to go. */
  goOn(): "stay" | "start" | "removed" {
    if (this.#removal !== undefined) return this.#removal.goOn() ? "removed" : "stay";
    // What is asked for at rest comes before the start.
    if (this.#files.isRelocating) return "stay";
    const next = this.restart ? "start" : "stay";
    this.restart = false;
    return next;
  }

  /** Forgets what is remembered of a removed torrent. */
  forget(): void {
    this.#removal?.forget();
  }
}
