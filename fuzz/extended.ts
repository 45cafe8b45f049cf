/** The extension handshake: any bytes are a PeerError or fields in their ranges that survive being written again. */
import assert from "node:assert/strict";
import { latin1, parseIp } from "@torrential/core";
import { decodeExtendedHandshake, encodeExtendedHandshake, PeerError } from "@torrential/protocol";
import type { ExtendedHandshake } from "@torrential/protocol";

export const seeds: readonly Uint8Array[] = [
  "d1:md11:LT_metadatai1e6:ut_pexi2ee1:pi6881e1:v13:\xc2\xb5Torrent 1.2e",
  "d12:complete_agoi-1e4:ipv44:\x01\x02\x03\x044:ipv616:aaaaaaaaaaaaaaaa1:md11:ut_metadatai3ee13:metadata_sizei31235e" +
    "4:reqqi500e11:upload_onlyi1e1:v4:test6:yourip4:\x01\x02\x03\x04e",
].map((text) => latin1(text));

export function fuzz(input: Uint8Array): void {
  let handshake: ExtendedHandshake;
  try {
    handshake = decodeExtendedHandshake(input);
  } catch (error) {
    if (error instanceof PeerError) return;
    throw error;
  }
  for (const id of handshake.extensions.values()) assert.ok(id >= 0 && id <= 255);
  for (const ip of [handshake.yourIp, handshake.ipv4, handshake.ipv6]) assert.ok(ip === undefined || parseIp(ip));
  assert.ok(handshake.port === undefined || (handshake.port >= 1 && handshake.port <= 65_535));
  // A v4-mapped address is read as IPv4, and a replaced character may be longer than what it replaced.
  const settled = { ...handshake, client: undefined, ipv6: undefined };
  assert.deepEqual(decodeExtendedHandshake(encodeExtendedHandshake(settled)), settled);
}
