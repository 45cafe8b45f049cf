/** A torrent as a transfer sees it, for tests that decide what it says. */
import { buildMetainfo, type Metainfo, parseInfoHash, parseMetainfo } from "@torrential/core";
import type { TorrentStatus } from "@torrential/node";
import type { WatchedTorrent } from "../transfer/item.ts";

export const INFO_HASH: TorrentStatus["infoHash"] = parseInfoHash("0".repeat(40));

export function makeStatus(changes: Partial<TorrentStatus> = {}): TorrentStatus {
  return {
    infoHash: INFO_HASH,
    name: "a.bin",
    root: "/downloads",
    state: { status: "stopped" },
    wantedBytes: 1000,
    verifiedBytes: 0,
    piecesHave: 0,
    pieceCount: 1,
    downRate: 0,
    upRate: 0,
    uploadedBytes: 0,
    downloadedBytes: 0,
    wastedBytes: 0,
    peers: 0,
    seeds: 0,
    knownPeers: 0,
    sources: {},
    distributedCopies: 0,
    trackers: [],
    isSuperSeeding: false,
    bans: [],
    refusals: {},
    ...changes,
  };
}

/** Says whatever `changes` was last set to. */
export class FakeTorrent implements WatchedTorrent {
  readonly infoHash: TorrentStatus["infoHash"] = INFO_HASH;
  readonly hasMetainfo: boolean = true;
  readonly metainfo: Metainfo = parseMetainfo(
    buildMetainfo({ name: "a.bin", lengthBytes: 1000, pieceLength: 16_384, pieceHashes: new Uint8Array(20) }),
  );
  changes: Partial<TorrentStatus> = {};

  status(): TorrentStatus {
    return makeStatus(this.changes);
  }
}
