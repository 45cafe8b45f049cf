/** Local discovery (BEP 14): any packet is nothing, or an announce that survives being written again. */
import assert from "node:assert/strict";
import { latin1 } from "@torrential/core";
import { decodeLsdAnnounce, encodeLsdAnnounce } from "@torrential/protocol";

const HASH = "0123456789abcdef0123456789abcdef01234567";

export const seeds: readonly Uint8Array[] = [
  `BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: ${HASH}\r\ncookie: 1\r\n\r\n\r\n`,
  `BT-SEARCH * HTTP/1.0\r\nport:1\r\nInfohash: ${HASH}\r\nInfohash: ${HASH.replaceAll("0", "f")}\r\n\r\n`,
].map((text) => latin1(text));

export function fuzz(input: Uint8Array): void {
  const announce = decodeLsdAnnounce(input);
  if (announce === undefined) return;
  assert.ok(announce.port >= 1 && announce.port <= 65_535 && announce.infoHashes.length <= 32);
  const settled = { ...announce, infoHashes: announce.infoHashes.slice(0, 20), cookie: "c" };
  assert.deepEqual(decodeLsdAnnounce(encodeLsdAnnounce(settled, 6)), settled);
}
