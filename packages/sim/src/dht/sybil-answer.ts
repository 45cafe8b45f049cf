/** What an attacker says: nodes of its own, a token so as to be written to, and no peers. */
import { concatBytes, encodeBencode, encodeCompactPeers } from "@torrential/core";
import type { Contact } from "@torrential/protocol";

export function encodeSybilAnswer(answer: {
  readonly transaction: Uint8Array;
  readonly id: Uint8Array;
  readonly nodes: readonly Contact[];
}): Uint8Array {
  const nodes = concatBytes(answer.nodes.flatMap(({ id, endpoint }) => [id, encodeCompactPeers([endpoint], 4)]));
  return encodeBencode({ t: answer.transaction, y: "r", r: { id: answer.id, nodes, token: "tokn" } });
}
