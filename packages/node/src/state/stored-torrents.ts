/** Torrent files that magnet links led to, in the state folder: the next run needs no peer to know what the link means. */
import {
  encodeBareMetainfo,
  type InfoHash,
  magnetInfoHash,
  type Metainfo,
  parseBareMetainfo,
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
      return namesOf(metainfo).includes(infoHash) ? metainfo : undefined;
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

/** The info-hashes that a link to it can have (`magnetInfoHash`). */
function namesOf({ infoHashV1, infoHashV2 }: Metainfo): readonly InfoHash[] {
  const v1 = infoHashV1 === undefined ? [] : [infoHashV1];
  return infoHashV2 === undefined ? v1 : [...v1, magnetInfoHash({ infoHashV1: undefined, infoHashV2 })];
}

function nameOf(infoHash: InfoHash): string {
  return `${infoHash}.torrent`;
}
