import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "./bytes.ts";
import { crc32, createSha1, createSha256, sha1, sha256 } from "./crypto.ts";

// FIPS 180-2 appendix A and B: "abc".
const SHA1_ABC = "a9993e364706816aba3e25717850c26c9cd0d89d";
const SHA256_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

describe("hashes", () => {
  it("match the published vectors, whole and in parts", () => {
    expect(toHex(sha1(utf8("abc")))).toBe(SHA1_ABC);
    expect(toHex(sha256(utf8("abc")))).toBe(SHA256_ABC);
    for (const [state, expected] of [
      [createSha1(), SHA1_ABC],
      [createSha256(), SHA256_ABC],
    ] as const) {
      state.update(utf8("a"));
      state.update(utf8("bc"));
      expect(toHex(state.digest())).toBe(expected);
    }
  });

  it("take views of shared memory and give plain arrays", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(5), 1, 3);
    shared.set(utf8("abc"));
    expect(toHex(sha1(shared))).toBe(SHA1_ABC);
    expect(Object.getPrototypeOf(sha1(shared))).toBe(Uint8Array.prototype);
  });

  it("continues a CRC from a seed", () => {
    expect(crc32(utf8("123456789"))).toBe(0xcbf43926);
    expect(crc32(utf8("6789"), crc32(utf8("12345")))).toBe(0xcbf43926);
  });
});
