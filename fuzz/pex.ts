/** Peer exchange (BEP 11): any bytes are a PeerError, or peers that survive being written again. */
import assert from "node:assert/strict";
import { latin1 } from "@torrential/core";
import { decodePexMessage, encodePexMessage, PeerError, type PexMessage } from "@torrential/protocol";

export const seeds: readonly Uint8Array[] = [
  "d5:added12:\x01\x02\x03\x04\x1a\xe1\x05\x06\x07\x08\x1a\xe27:added.f2:\x01\x126:added60:8:added6.f0:7:dropped0:e",
  `d6:added618:${"\x20".repeat(16)}\x1a\xe18:added6.f1:\x02e`,
].map((text) => latin1(text));

export function fuzz(input: Uint8Array): void {
  let message: PexMessage;
  try {
    message = decodePexMessage(input);
  } catch (error) {
    if (error instanceof PeerError) return;
    throw error;
  }
  for (const { endpoint } of message.added) assert.ok(endpoint.port >= 1 && endpoint.port <= 65_535);
  const again = decodePexMessage(encodePexMessage(message));
  // A v4-mapped address is read as IPv4, so it may move from one list to the other.
  assert.equal(again.added.length, message.added.length);
  assert.equal(again.dropped.length, message.dropped.length);
}
