/** Which pieces a choked peer may have all the same (BEP 6). */
import { concatBytes, parseIp, sha1 } from "@torrential/core";

/** BEP 6: "We currently set k to 10". */
export const ALLOWED_FAST_COUNT = 10;

export interface AllowedFastOptions {
  /** The receiving peer's IPv4 address; BEP 6 makes no provision for IPv6, for which the set is empty. */
  readonly address: string;
  /** 20 bytes. */
  readonly infoHash: Uint8Array;
  readonly pieceCount: number;
  /** Defaults to 10; at most `pieceCount` pieces are given. */
  readonly count?: number;
}

/** The canonical set, in the canonical order: whoever computes it for this peer gets the same one. */
export function allowedFastSet(options: AllowedFastOptions): number[] {
  const ip = parseIp(options.address);
  if (ip?.length !== 4) return [];
  const count = Math.min(options.count ?? ALLOWED_FAST_COUNT, options.pieceCount);
  const pieces = new Set<number>();
  let hash = concatBytes([ip.subarray(0, 3), Uint8Array.of(0), options.infoHash]);
  while (pieces.size < count) {
    hash = sha1(hash);
    const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
    for (let at = 0; at < 20 && pieces.size < count; at += 4) pieces.add(view.getUint32(at) % options.pieceCount);
  }
  return [...pieces];
}
