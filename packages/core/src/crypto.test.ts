import { describe, expect, it } from "vitest";
import { fromHex, toHex, utf8 } from "./bytes.ts";
import {
  crc32,
  createSha1,
  createSha256,
  ed25519PublicKey,
  ed25519Sign,
  ed25519Verify,
  sha1,
  sha256,
} from "./crypto.ts";

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

describe("Ed25519", () => {
  // RFC 8032, 7.1, test 3.
  const seed = fromHex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
  const publicKey = fromHex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  const message = fromHex("af82");
  const signature =
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";

  it("signs as the RFC says", () => {
    expect(toHex(ed25519PublicKey(seed))).toBe(toHex(publicKey));
    expect(toHex(ed25519Sign(seed, message))).toBe(signature);
    expect(() => ed25519Sign(new Uint8Array(31), message)).toThrow(RangeError);
  });

  it("verifies what was signed, and nothing else", () => {
    expect(ed25519Verify(publicKey, message, fromHex(signature))).toBe(true);
    expect(ed25519Verify(publicKey, utf8("af"), fromHex(signature))).toBe(false);
    expect(ed25519Verify(publicKey, message, fromHex(signature).subarray(1))).toBe(false);
    expect(ed25519Verify(new Uint8Array(32).fill(255), message, fromHex(signature))).toBe(false);
    expect(ed25519Verify(new Uint8Array(31), message, fromHex(signature))).toBe(false);
  });
});
