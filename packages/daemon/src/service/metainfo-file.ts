/** The .torrent file of a torrent as it is now: its info dictionary byte for byte, with the present trackers and web seeds. */
import { type BInput, concatBytes, encodeBencode, fromHex, type Metainfo, utf8 } from "@torrential/core";
import type { TorrentRecord } from "../state/records.ts";

export function exportMetainfo(
  metainfo: Metainfo,
  record: Pick<TorrentRecord, "trackers" | "webSeeds" | "comment">,
): Uint8Array {
  const { trackers, webSeeds } = record;
  const before: [string, BInput | undefined][] = [
    ["announce", trackers[0]?.[0]],
    ["announce-list", trackers.flat().length > 1 ? trackers : undefined],
    ["comment", record.comment ?? metainfo.comment],
    ["created by", metainfo.createdBy],
    ["creation date", metainfo.creationDate],
  ];
  // Keys are sorted as bytes: what stands here is in that order.
  const after: [string, BInput | undefined][] = [
    ["piece layers", metainfo.pieceLayers.size === 0 ? undefined : encodeLayers(metainfo)],
    ["url-list", webSeeds.length === 0 ? undefined : webSeeds],
  ];
  return concatBytes([
    utf8("d"),
    ...before.flatMap(encodeEntry),
    encodeBencode("info"),
    metainfo.infoBytes,
    ...after.flatMap(encodeEntry),
    utf8("e"),
  ]);
}

function encodeEntry([key, value]: readonly [string, BInput | undefined]): Uint8Array[] {
  return value === undefined ? [] : [encodeBencode(key), encodeBencode(value)];
}

/** Keys are the 32 raw bytes of the roots, one character per byte. */
function encodeLayers(metainfo: Metainfo): ReadonlyMap<string, Uint8Array> {
  return new Map([...metainfo.pieceLayers].map(([root, layer]) => [String.fromCharCode(...fromHex(root)), layer]));
}
