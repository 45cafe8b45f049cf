/** Torrents as the state holds them: .torrent files as they came, and those made around what peers sent of a magnet link. */
import { type Metainfo, parseBareMetainfo, parseMetainfo, TorrentialError } from "@torrential/core";

/** Throws TorrentialError "metainfo-…". */
export function parseStoredMetainfo(bytes: Uint8Array): Metainfo {
  try {
    return parseMetainfo(bytes);
  } catch (error) {
    // What peers send of a v2 torrent lacks its piece layers: the engine asks for them.
    if (error instanceof TorrentialError) return parseBareMetainfo(bytes);
    throw error;
  }
}
