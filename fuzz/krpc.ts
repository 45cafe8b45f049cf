/** KRPC: whatever comes in is refused, or is a message of bounded size; and a node that hears it stays as it was. */
import assert from "node:assert/strict";
import { makeEndpoint, utf8 } from "@torrential/core";
import { decodeKrpc, DhtNode, encodeQuery } from "@torrential/protocol";

const ID = utf8("abcdefghij0123456789");
const TARGET = utf8("mnopqrstuvwxyz123456");
const FROM = makeEndpoint("8.8.8.8", 6881);

export const seeds: readonly Uint8Array[] = [
  encodeQuery({ transaction: utf8("aa"), id: ID, readOnly: false }, { method: "ping" }),
  encodeQuery(
    { transaction: utf8("aa"), id: ID, readOnly: true },
    { method: "get_peers", infoHash: TARGET, want: { n4: true, n6: true }, noSeed: true, scrape: true },
  ),
  encodeQuery(
    { transaction: utf8("aa"), id: ID, readOnly: false },
    {
      method: "put",
      token: utf8("t"),
      value: utf8("d1:ai1ee"),
      publicKey: new Uint8Array(32),
      signature: new Uint8Array(64),
      seq: 1,
    },
  ),
  encodeQuery(
    { transaction: utf8("aa"), id: ID, readOnly: false },
    { method: "announce_peer", infoHash: TARGET, port: 1, impliedPort: true, token: utf8("t"), seed: true },
  ),
  ...[
    "d1:rd2:id20:abcdefghij01234567895:nodes26:mnopqrstuvwxyz1234561234aae1:t4:aaaa1:y1:re",
    "d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u6:idhtnm18:abcdefghijklmnop12ee1:t2:aa1:y1:re",
    "d1:rd2:id20:abcdefghij01234567898:intervali1e3:numi3e7:samples20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re",
    "d1:eli201e23:A Generic Error Ocurrede2:ip6:abcdef1:t2:aa1:y1:ee",
    "d1:rd2:id20:abcdefghij01234567891:k32:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa3:seqi4e1:vd1:ai1eee1:t2:aa1:y1:re",
  ].map((text) => utf8(text)),
];

export function fuzz(input: Uint8Array): void {
  let drawn = 0;
  // Never the same twice in a row: transaction ids must differ.
  const random = (): number => (drawn = (drawn * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
  const node = new DhtNode({ sockets: [{ family: 4 }], port: 6881 }, { random }, 0);
  node.handleEndpoints([FROM], 0);
  const asked = drain(node);
  assert.equal(asked.bytes > 0, true);
  node.handleDatagram(0, FROM, input, 1);
  const answered = drain(node);
  // Nothing was proven: three times the question, its own questions to others aside.
  assert.ok(answered.toFrom <= 3 * input.length + 70, `${answered.toFrom} bytes for ${input.length}`);
  node.handleTimeout(20_000);
  drain(node);
  assert.equal(node.status(20_000).peersStored, 0);
  const message = decodeKrpc(input);
  if (message.type !== "answer") return;
  assert.ok(message.answer.nodes.length <= 40 && message.answer.values.length <= 100);
}

function drain(node: DhtNode): { readonly bytes: number; readonly toFrom: number } {
  let bytes = 0;
  let toFrom = 0;
  for (let output = node.poll(); output !== undefined; output = node.poll()) {
    if (output.type !== "send") continue;
    assert.ok(output.bytes.length <= 1_024, "BEP 32: no datagram above 1,024 bytes");
    bytes += output.bytes.length;
    if (output.endpoint.address === FROM.address) toFrom += output.bytes.length;
  }
  return { bytes, toFrom };
}
