import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ByteReader,
  compareBytes,
  concatBytes,
  equalBytes,
  fromBase32,
  fromHex,
  fromLatin1,
  fromUtf8,
  latin1,
  toBase32,
  toHex,
  utf8,
} from "./bytes.ts";

const anyBytes = fc.uint8Array({ maxLength: 200 });

describe("text forms", () => {
  it("round-trip every byte string", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes).toUpperCase())).toEqual(bytes);
        expect(fromBase32(toBase32(bytes))).toEqual(bytes);
        expect(fromBase32(toBase32(bytes).toLowerCase())).toEqual(bytes);
        expect(latin1(fromLatin1(bytes))).toEqual(bytes);
      }),
    );
  });

  // RFC 4648 section 10, padding removed.
  it.each([
    ["", ""],
    ["f", "MY"],
    ["fo", "MZXQ"],
    ["foo", "MZXW6"],
    ["foob", "MZXW6YQ"],
    ["fooba", "MZXW6YTB"],
    ["foobar", "MZXW6YTBOI"],
  ])("writes %j as base 32 %j", (text, base32) => {
    expect(toBase32(utf8(text))).toBe(base32);
  });

  it.each(["0", "0g", "g0", " 0", "é0"])("refuses %j as hex", (text) => {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: "text-invalid" }));
  });

  it.each(["A", "AAA", "AAAAAA", "MZ", "M1", "M8", "MY======", "M@", "M["])("refuses %j as base 32", (text) => {
    expect(() => fromBase32(text)).toThrow(expect.objectContaining({ code: "text-invalid" }));
  });

  it("keeps all of latin-1 apart, also where windows-1252 differs, and long texts whole", () => {
    const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => i % 256);
    expect(latin1(fromLatin1(bytes))).toEqual(bytes);
    expect(fromLatin1(Uint8Array.of(0x80))).toBe("\u0080");
    expect(() => latin1("Ā")).toThrow(expect.objectContaining({ code: "text-invalid" }));
  });

  it("refuses bad UTF-8, or replaces it when asked; keeps a byte order mark", () => {
    expect(() => fromUtf8(Uint8Array.of(0x61, 0xff))).toThrow(expect.objectContaining({ code: "text-invalid" }));
    expect(fromUtf8(Uint8Array.of(0x61, 0xff), { lossy: true })).toBe("a\ufffd");
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf))).toBe("\ufeff");
  });
});

describe("comparisons", () => {
  it("order bytes as unsigned, a prefix first", () => {
    const sorted = [[], [0], [0, 0], [1], [0x7f], [0x80], [0xff, 0]].map((list) => Uint8Array.from(list));
    for (const [i, a] of sorted.entries()) {
      for (const [j, b] of sorted.entries()) {
        expect(Math.sign(compareBytes(a, b)), `${i} against ${j}`).toBe(Math.sign(i - j));
        expect(equalBytes(a, b)).toBe(i === j);
      }
    }
  });

  it("concatenates", () => {
    expect(concatBytes([Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)])).toEqual(Uint8Array.of(1, 2, 3));
  });
});

describe("byte reader", () => {
  it("reads big-endian fields of a view in order", () => {
    const whole = fromHex(
      "ff 01 0203 fffffffe fffffffe 0000000000000102 fffffffffffffffe aabb cc dd".replaceAll(" ", ""),
    );
    const reader = new ByteReader(whole.subarray(1));
    expect(reader.u8()).toBe(1);
    expect(reader.u16()).toBe(0x0203);
    expect(reader.u32()).toBe(0xfffffffe);
    expect(reader.i32()).toBe(-2);
    expect(reader.u64()).toBe(0x102n);
    expect(reader.i64()).toBe(-2n);
    expect(reader.bytes(2)).toEqual(Uint8Array.of(0xaa, 0xbb));
    expect([reader.offset, reader.remaining]).toEqual([29, 2]);
    reader.skip(1);
    expect(reader.rest()).toEqual(Uint8Array.of(0xdd));
  });

  it("never reads past the end, nor backwards, and stays where it was", () => {
    const reader = new ByteReader(new Uint8Array(3));
    const reads = [
      () => reader.u32(),
      () => reader.u64(),
      () => reader.bytes(4),
      () => reader.skip(-1),
      () => reader.bytes(Number.NaN),
    ];
    for (const read of reads) expect(read).toThrow(expect.objectContaining({ code: "bytes-underrun" }));
    expect(reader.remaining).toBe(3);
  });
});
