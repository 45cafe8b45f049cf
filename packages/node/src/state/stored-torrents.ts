/** Torrent files that magnet links led to, in the state folder: the next run needs no peer to know what the link means. */
import {
  encodeBareMetainfo,
  type InfoHash,
  type Metainfo,
  parseBareMetainfo,
  swarmHashes,
  TorrentialError,
} from "@torrential/core";
import type { StateFiles } from "./state-files.ts";

export class StoredTorrents {
  readonly #state: StateFiles;

  constructor(state: StateFiles) {
    this.#state = state;
  }

  /** Undefined when there is none, or what is there is not this torrent's. */
  async read(infoHash: InfoHash): Promise<Metainfo | undefined> {
    const bytes = await this.#state.readFile(nameOf(infoHash));
    if (bytes === undefined) return undefined;
    try {
      const metainfo = parseBareMetainfo(bytes, { windows: process.platform === "win32" });
      return swarmHashes(metainfo).includes(infoHash) ? metainfo : undefined;
    } catch (error) {
      if (error instanceof TorrentialError) return undefined;
      throw error;
    }
  }

  /** Resolved when it is on disk. */
  async write(infoHash: InfoHash, metainfo: Metainfo): Promise<void> {
    await this.#state.writeFile(nameOf(infoHash), encodeBareMetainfo(metainfo));
  }

  /** None is fine. */
  async remove(infoHash: InfoHash): Promise<void> {
    await this.#state.removeFile(nameOf(infoHash));
  }
}

function nameOf(infoHash: InfoHash): string {
  return `${infoHash}.torrent`;
}
