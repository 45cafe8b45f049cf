import { fromHex, toHex } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { decodePmpAnswer, encodeAddressRequest, encodeNatPmpMap, encodePcpMap } from "./pmp-packets.ts";

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", ""));
const NONCE = "0102030405060708090a0b0c";

describe("NAT-PMP and PCP datagrams", () => {
  it("are written as the RFCs draw them", () => {
    expect(toHex(encodeAddressRequest())).toBe("0000");
    const map = { protocol: "tcp", internalPort: 6881, externalPort: 5000, lifetimeSeconds: 7200 } as const;
    expect(toHex(encodeNatPmpMap(map))).toBe("000200001ae1138800001c20");
    const pcp = { ...map, clientAddress: "192.168.77.2", nonce: hex(NONCE), externalAddress: undefined };
    expect(toHex(encodePcpMap(pcp))).toBe(
      `0201000000001c2000000000000000000000ffffc0a84d02${NONCE}060000001ae1138800000000000000000000ffff00000000`,
    );
    expect(toHex(encodePcpMap({ ...pcp, clientAddress: "fd77::2" })).slice(-32)).toBe("0".repeat(32));
  });

  it.each([
    ["an address", "0080 0000 00000475 0b162101", { type: "nat-pmp-address", epoch: 1141, address: "11.22.33.1" }],
    [
      "a mapping",
      "0082 0000 00000475 1ae1 1388 00000e10",
      { protocol: "tcp", externalPort: 5000, lifetimeSeconds: 3600 },
    ],
    ["a refusal", "0081 0002 00000475 1ae1 0000 00000000", { result: 2, protocol: "udp" }],
    ["an older version", "0081 0001 00000475", { type: "unsupported-version", version: 0 }],
    ["a PCP announcement", `0280 0000 00000000 00000009 ${"00".repeat(12)}`, { type: "pcp-announce", epoch: 9 }],
    [
      "a PCP mapping",
      `0281 0000 00001c20 00000475 ${"00".repeat(12)} ${NONCE} 06000000 1ae1 1ae1 00000000000000000000ffff0b162101`,
      { type: "pcp-map", result: 0, externalPort: 6881, address: "11.22.33.1", lifetimeSeconds: 7200 },
    ],
  ])("are read: %s", (_, text, wanted) => {
    expect(decodePmpAnswer(hex(text))).toMatchObject(wanted);
  });

  it.each([
    ["nothing", ""],
    ["a request", "0000 0000 00000000"],
    ["another version", "0180 0000 00000000"],
    ["an address cut short", "0080 0000 00000475 0b16"],
    ["a mapping cut short", "0082 0000 00000475 1ae1"],
    ["an unknown operation", `0085 0000 00000475 ${"00".repeat(8)}`],
    ["a PCP mapping cut short", `0281 0000 00001c20 00000475 ${"00".repeat(12)}`],
    ["something endless", `0080 0000 ${"00".repeat(1_200)}`],
  ])("are ignored: %s", (_, text) => {
    expect(decodePmpAnswer(hex(text))).toBeUndefined();
  });
});
