import { crc32c, fromHex, makeEndpoint } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { peerPriority } from "./priority.ts";

describe("canonical peer priority (BEP 40)", () => {
  const own = makeEndpoint("123.213.32.10", 1);

  it("is as in the BEP's examples", () => {
    expect(peerPriority(own, makeEndpoint("98.76.54.32", 0x1234))).toBe(0xec2d7224);
    expect(peerPriority(own, makeEndpoint("123.213.32.234", 2))).toBe(0x99568189);
  });

  it("is the same from both ends", () => {
    const peer = makeEndpoint("203.0.113.77", 6881);
    expect(peerPriority(own, peer)).toBe(peerPriority(peer, own));
  });

  it("masks one byte less in the same /16, and goes by ports for the same address", () => {
    expect(peerPriority(own, makeEndpoint("123.213.77.255", 2))).toBe(crc32c(fromHex("7bd520007bd54d55")));
    expect(peerPriority(makeEndpoint("10.0.0.1", 0x0201), makeEndpoint("10.0.0.1", 0x0102))).toBe(
      crc32c(fromHex("01020201")),
    );
  });

  it("keeps 48 bits of IPv6, and more of neighbours", () => {
    const six = makeEndpoint("2001:db8:1:ffff::1", 1);
    const far = crc32c(fromHex("20010db8000155550000000000000001" + "20010db9000055550000000000000000"));
    expect(peerPriority(six, makeEndpoint("2001:db9:0:ffff::2", 1))).toBe(far);
    const near = crc32c(fromHex("20010db80001ff550000000000000001" + "20010db80001aa550000000000000000"));
    expect([near, peerPriority(six, makeEndpoint("2001:db8:1:aaff::2", 1))]).toContain(
      peerPriority(makeEndpoint("2001:db8:1:aaff::2", 1), six),
    );
  });
});
