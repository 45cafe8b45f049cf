/** NAT-PMP and PCP: whatever comes from the gateway, mappings stay in range and the client asks in its own time. */
import assert from "node:assert/strict";
import { parseIp } from "@torrential/core";
import { decodePmpAnswer, PortMapper } from "@torrential/protocol";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

export const seeds: readonly Uint8Array[] = [
  hex("0080 0000 00000475 0b162101"),
  hex("0082 0000 00000475 1ae1 1388 00000e10"),
  hex("0081 0001 00000475"),
  hex(`0280 0000 00000000 00000009 ${"00".repeat(12)}`),
  hex(
    `0281 0000 00001c20 00000475 ${"00".repeat(12)} ${"00".repeat(12)} 06000000 1ae1 1ae1 00000000000000000000ffff0b162101`,
  ),
];

export function fuzz(input: Uint8Array): void {
  const answer = decodePmpAnswer(input);
  if (answer !== undefined && "address" in answer) assert.ok(parseIp(answer.address));
  for (const method of ["pcp", "nat-pmp"] as const) {
    const deps = { random: () => 0 };
    const mapper = new PortMapper({ gateway: "192.168.1.1", localAddress: "192.168.1.2", method }, deps);
    mapper.setWishes([{ protocol: "tcp", port: 6881 }], 0);
    for (let now = 0; now < 3; now++) mapper.handlePmp(input, now * 100_000);
    let sent = 0;
    while (mapper.poll() !== undefined) sent++;
    assert.ok(sent < 20, `${sent} outputs for three datagrams`);
    for (const { externalPort, externalAddress } of mapper.mappings) {
      assert.ok(externalPort === undefined || (externalPort > 0 && externalPort < 65_536));
      assert.ok(externalAddress === undefined || parseIp(externalAddress));
    }
  }
}
