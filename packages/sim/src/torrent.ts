/** A torrent of the world: made-up content and the metainfo that names it. */
import { buildMetainfo, infoHashBytes, parseMetainfo, type InfoHash, type Metainfo } from "@torrential/core";
import { TorrentContent, type ContentFile } from "./content.ts";

export interface SimTorrent {
  readonly content: TorrentContent;
  readonly metainfo: Metainfo;
  readonly id: InfoHash;
  /** Raw 20 bytes. */
  readonly infoHash: Uint8Array;
}

export interface SimTorrentOptions {
  readonly seed: number;
  readonly name?: string;
  /** Of a torrent of one file; 4 MiB when neither this nor files are given. */
  readonly lengthBytes?: number;
  readonly files?: readonly ContentFile[];
  readonly pieceLength?: number;
  readonly trackers?: readonly (readonly string[])[];
  readonly isPrivate?: boolean;
}

export function makeTorrent(options: SimTorrentOptions): SimTorrent {
  const { seed, name = "content", files, lengthBytes = 4 * 1024 * 1024, pieceLength = 65_536 } = options;
  const content = new TorrentContent({
    seed,
    name,
    pieceLength,
    ...(files === undefined ? { lengthBytes } : { files }),
  });
  const bytes = buildMetainfo({
    name,
    pieceLength,
    pieceHashes: content.pieceHashes,
    trackers: options.trackers ?? [],
    isPrivate: options.isPrivate ?? false,
    ...(files === undefined ? { lengthBytes } : { files }),
  });
  const metainfo = parseMetainfo(bytes);
  if (metainfo.infoHashV1 === undefined) throw new Error("a torrent of the world is v1");
  return { content, metainfo, id: metainfo.infoHashV1, infoHash: infoHashBytes(metainfo.infoHashV1) };
}
