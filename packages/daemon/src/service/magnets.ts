/** Magnet links of torrents that are here. */
import { formatMagnet, parseInfoHash, parseInfoHashV2 } from "@torrential/core";
import type { TorrentRecord } from "../state/records.ts";

export function buildMagnet(record: TorrentRecord): string {
  const { infoHashV1, infoHashV2 } = record;
  return formatMagnet({
    infoHashV1: infoHashV1 === undefined ? undefined : parseInfoHash(infoHashV1),
    infoHashV2: infoHashV2 === undefined ? undefined : parseInfoHashV2(infoHashV2),
    name: record.name ?? record.facts?.name,
    trackers: record.trackers,
    webSeeds: record.webSeeds,
    exactSources: [],
    acceptableSources: [],
    peers: [],
    selectOnly: undefined,
  });
}
