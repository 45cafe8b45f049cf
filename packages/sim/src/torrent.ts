/** A torrent of the world: made-up content and what identifies it. */
import { sha1, utf8 } from "@torrential/core";
import { TorrentContent, type ContentFile, type ContentOptions } from "./content.ts";

export interface SimTorrent {
  readonly content: TorrentContent;
  /** Raw 20 bytes. */
  readonly infoHash: Uint8Array;
}

export interface SimTorrentOptions extends Partial<ContentOptions> {
  readonly seed: number;
  readonly files?: readonly ContentFile[];
}

export function makeTorrent(options: SimTorrentOptions): SimTorrent {
  const content = new TorrentContent({
    name: "content",
    lengthBytes: 4 * 1024 * 1024,
    pieceLength: 65_536,
    ...options,
  });
  return { content, infoHash: sha1(utf8(`${content.name} ${options.seed}`)) };
}
