import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  infoHashBytes,
  infoHashFromBytes,
  infoHashV2Bytes,
  infoHashV2FromBytes,
  makePeerId,
  parseInfoHash,
  parseInfoHashV2,
  peerIdFromBytes,
} from "./ids.ts";

describe("info-hashes", () => {
  it("round-trip bytes and text in either case", () => {
    const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(anyHash, (bytes) => {
        const v1 = infoHashFromBytes(bytes.subarray(0, 20));
        expect(parseInfoHash(v1.toUpperCase())).toBe(v1);
        expect(infoHashBytes(v1)).toEqual(bytes.slice(0, 20));
        const v2 = infoHashV2FromBytes(bytes);
        expect(parseInfoHashV2(v2.toUpperCase())).toBe(v2);
        expect(infoHashV2Bytes(v2)).toEqual(bytes);
      }),
    );
  });

  it.each(["", "a".repeat(39), "a".repeat(41), "a".repeat(64), "g".repeat(40), `${"a".repeat(40)}\n`])(
    "refuses %j for a v1 info-hash",
    (text) => {
      expect(() => parseInfoHash(text)).toThrow(expect.objectContaining({ code: "info-hash-invalid" }));
    },
  );

  it("refuses the other version's length", () => {
    const code = expect.objectContaining({ code: "info-hash-invalid" });
    expect(() => parseInfoHashV2("a".repeat(40))).toThrow(code);
    expect(() => infoHashFromBytes(new Uint8Array(32))).toThrow(code);
    expect(() => infoHashV2FromBytes(new Uint8Array(20))).toThrow(code);
  });
});

describe("peer ids", () => {
  it("are the prefix and the random bytes", () => {
    const id = makePeerId("-TO0100-", new Uint8Array(12).fill(0xff));
    expect([...id]).toEqual([
      0x2d,
      0x54,
      0x4f,
      0x30,
      0x31,
      0x30,
      0x30,
      0x2d,
      ...Array.from({ length: 12 }, () => 0xff),
    ]);
    expect(() => makePeerId("-TO010-", new Uint8Array(12))).toThrow("prefix");
    expect(() => makePeerId("-TO0100-", new Uint8Array(11))).toThrow("wanted 12");
  });

  it("are copied off the wire", () => {
    const wire = new Uint8Array(20);
    const id = peerIdFromBytes(wire);
    wire[0] = 1;
    expect(id[0]).toBe(0);
    expect(() => peerIdFromBytes(new Uint8Array(19))).toThrow(expect.objectContaining({ code: "peer-id-invalid" }));
  });
});
