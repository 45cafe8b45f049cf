/** Commands that wait until their torrent is awake, in order. */
import type { InfoHash } from "@torrential/core";
import type { TorrentCommand } from "./torrent-commands.ts";

export class DeferredCommands {
  readonly #byTorrent = new Map<InfoHash, TorrentCommand[]>();

  has(infoHash: InfoHash): boolean {
    return this.#byTorrent.has(infoHash);
  }

  add(infoHash: InfoHash, command: TorrentCommand): void {
    const waiting = this.#byTorrent.get(infoHash);
    if (waiting === undefined) this.#byTorrent.set(infoHash, [command]);
    else waiting.push(command);
  }

  /** They do not wait any more. */
  take(infoHash: InfoHash): readonly TorrentCommand[] {
    const waiting = this.#byTorrent.get(infoHash);
    if (waiting === undefined) return NONE;
    this.#byTorrent.delete(infoHash);
    return waiting;
  }
}

const NONE: readonly TorrentCommand[] = [];
