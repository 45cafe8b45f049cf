import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { fromHex, makeEndpoint, toHex, utf8 } from "@torrential/core";
import {
  compareDistance,
  crc32c,
  drawIdInBucket,
  drawNodeId,
  isIdOfAddress,
  makeNodeId,
  networksOf,
  sharedBits,
} from "./node-id.ts";
import { seededRandom } from "./test-support.ts";

const anId = fc.uint8Array({ minLength: 20, maxLength: 20 });

describe("node ids", () => {
  it("know CRC-32C (RFC 3720, B.4)", () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(utf8("123456789"))).toBe(0xe3069283);
  });

  it.each([
    ["124.31.75.21", "5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401"],
    ["21.75.31.124", "5a3ce9c14e7a08645677bbd1cfe7d8f956d53256"],
    ["65.23.51.170", "a5d43220bc8f112a3d426c84764f8c2a1150e616"],
    ["84.124.73.14", "1b0321dd1bb1fe518101ceef99462b947a01ff41"],
    ["43.213.53.83", "e56f6cbf5b7c4be0237986d5243b87aa6d51305a"],
  ])("fit their address as in BEP 42: %s", (address, id) => {
    expect(isIdOfAddress(fromHex(id), address)).toBe(true);
    expect(isIdOfAddress(fromHex(id), "8.8.8.8")).toBe(false);
  });

  it("are made for an address, of either family", () => {
    const random = seededRandom(1);
    for (const address of ["8.8.4.4", "2001:4860:4860::8888"]) {
      const id = makeNodeId(address, random);
      expect(isIdOfAddress(id, address)).toBe(true);
      expect(toHex(makeNodeId(address, random))).not.toBe(toHex(id));
    }
  });

  it("need not fit an address of a local network", () => {
    expect(isIdOfAddress(new Uint8Array(20), "192.168.1.1")).toBe(true);
    expect(isIdOfAddress(new Uint8Array(20), "fd00::1")).toBe(true);
  });

  it("are as near to each other as they share leading bits", () => {
    fc.assert(
      fc.property(anId, anId, anId, (target, a, b) => {
        if (sharedBits(target, a) > sharedBits(target, b)) expect(compareDistance(target, a, b)).toBeLessThan(0);
        expect(Math.sign(compareDistance(target, a, b))).toBe(-Math.sign(compareDistance(target, b, a)) + 0);
        expect(compareDistance(target, target, a)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it("are drawn inside a bucket", () => {
    fc.assert(
      fc.property(anId, fc.integer({ min: 0, max: 159 }), fc.integer(), (id, bits, seed) => {
        expect(sharedBits(drawIdInBucket(id, bits, seededRandom(seed)), id)).toBe(bits);
      }),
    );
    expect(drawNodeId(seededRandom(1))).toHaveLength(20);
  });
});

describe("networks of endpoints", () => {
  it("are the /24 and /16 of IPv4, the /64 and /48 of IPv6", () => {
    const of = (address: string) => networksOf(makeEndpoint(address, 1));
    expect(of("8.8.8.8").near).toBe(of("8.8.8.9").near);
    expect(of("8.8.8.8").near).not.toBe(of("8.8.9.8").near);
    expect(of("8.8.8.8").wide).toBe(of("8.8.9.8").wide);
    expect(of("2600:1:2:3::1").near).toBe(of("2600:1:2:3:9::1").near);
    expect(of("2600:1:2:3::1").near).not.toBe(of("2600:1:2:4::1").near);
    expect(of("2600:1:2:3::1").wide).toBe(of("2600:1:2:4::1").wide);
  });

  it("are each their own in a local network", () => {
    expect(networksOf(makeEndpoint("127.0.0.1", 1)).wide).not.toBe(networksOf(makeEndpoint("127.0.0.1", 2)).wide);
  });
});
