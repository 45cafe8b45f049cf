/** Metadata messages (BEP 9): any bytes are a PeerError, nothing, or a message that survives being written again. */
import assert from "node:assert/strict";
import { latin1 } from "@torrential/core";
import { decodeMetadataMessage, encodeMetadataMessage, type MetadataMessage, PeerError } from "@torrential/protocol";

export const seeds: readonly Uint8Array[] = [
  "d8:msg_typei0e5:piecei0ee",
  "d8:msg_typei1e5:piecei1e10:total_sizei34256eexxxxxxxx",
  "d8:msg_typei2e5:piecei7ee",
  "d8:msg_typei9e5:piecei7ee",
].map((text) => latin1(text));

export function fuzz(input: Uint8Array): void {
  let message: MetadataMessage | undefined;
  try {
    message = decodeMetadataMessage(input);
  } catch (error) {
    if (error instanceof PeerError) return;
    throw error;
  }
  if (message === undefined) return;
  assert.ok(message.piece >= 0 && message.piece < 1_920);
  assert.deepEqual(decodeMetadataMessage(encodeMetadataMessage(message)), message);
}
