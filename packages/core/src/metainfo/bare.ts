/**
 * Torrent files made of an info dictionary that came from peers (BEP 9). Piece layers (BEP 52) do not come with it, so
 * those of a v2 or hybrid torrent are missing here, where `parseMetainfo` demands them.
 */
import { decodeBencodePrefix } from "../bencode/decode.ts";
import { encodeBencode } from "../bencode/encode.ts";
import { BDict } from "../bencode/value.ts";
import { concatBytes, latin1 } from "../bytes.ts";
import { TorrentialError } from "../errors.ts";
import type { Metainfo, MetainfoOptions } from "./metainfo.ts";
import { readOuter } from "./outer.ts";
import { parseInfo } from "./parse.ts";

/** The bytes of a torrent file with this info dictionary, its trackers and web seeds. */
export function encodeBareMetainfo(metainfo: Pick<Metainfo, "infoBytes" | "trackers" | "webSeeds">): Uint8Array {
  const { infoBytes, trackers, webSeeds } = metainfo;
  const before = encodeBencode({
    announce: trackers[0]?.[0],
    "announce-list": trackers.length > 0 ? trackers : undefined,
  });
  const after = encodeBencode({ "url-list": webSeeds.length > 0 ? webSeeds : undefined });
  // The dictionary goes in as it is: encoded again it might have another hash.
  return concatBytes([before.subarray(0, -1), latin1("4:info"), infoBytes, after.subarray(1)]);
}

/** Reads what `encodeBareMetainfo` made. Throws "metainfo-invalid" or "metainfo-limit". */
export function parseBareMetainfo(bytes: Uint8Array, options: MetainfoOptions = {}): Metainfo {
  const outer = decodeBencodePrefix(bytes, { anyKeyOrder: true }).value;
  const infoBytes = outer instanceof BDict ? outer.rawOf("info") : undefined;
  if (!(outer instanceof BDict) || infoBytes === undefined) {
    throw new TorrentialError("metainfo-invalid", "torrent: got no info dictionary");
  }
  const { trackers = [], webSeeds = [] } = readOuter(outer);
  return parseInfo(infoBytes, { trackers, webSeeds }, options);
}
