import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes, latin1, utf8 } from "../bytes.ts";
import { TorrentialError } from "../errors.ts";
import { decodeBencode, decodeBencodePrefix } from "./decode.ts";
import { encodeBencode } from "./encode.ts";
import { BDict, type BValue } from "./value.ts";

/** Values as plain data, so that they can be compared. */
function toPlain(value: BValue): unknown {
  if (value instanceof BDict) return new Map([...value].map(([key, item]) => [key, toPlain(item)]));
  return Array.isArray(value) ? value.map(toPlain) : value;
}

const byteKey = fc.uint8Array({ maxLength: 40 }).map((bytes) => String.fromCharCode(...bytes));
const { anyValue } = fc.letrec<{ anyValue: unknown }>((tie) => ({
  anyValue: fc.oneof(
    { maxDepth: 5 },
    fc.maxSafeInteger(),
    fc.bigInt().map((n) => (n >= Number.MIN_SAFE_INTEGER && n <= Number.MAX_SAFE_INTEGER ? Number(n) : n)),
    fc.uint8Array({ maxLength: 50 }),
    fc.array(tie("anyValue"), { maxLength: 5 }),
    fc.array(fc.tuple(byteKey, tie("anyValue")), { maxLength: 5 }).map((entries) => new Map(entries)),
  ),
}));

describe("bencode decoding", () => {
  it("gives back what was encoded", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(toPlain(decodeBencode(encodeBencode(value as never)))).toEqual(value);
      }),
    );
  });

  it("accepts only bytes that encode back to themselves", () => {
    const letters = fc
      .array(fc.constantFrom("i", "l", "d", "e", "0", "1", "2", "3", "-", ":"), { maxLength: 14 })
      .map((chars) => utf8(chars.join("")));
    const mutated = fc
      .tuple(anyValue, fc.nat(), fc.constantFrom("i", "l", "d", "e", "0", "1", "2", "3", "-", ":"))
      .map(([value, at, char]) => {
        const bytes = encodeBencode(value as never);
        bytes[at % bytes.length] = char.charCodeAt(0);
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(letters, mutated), (bytes) => {
        let value: BValue;
        try {
          value = decodeBencode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(TorrentialError);
          return;
        }
        expect(equalBytes(encodeBencode(value), bytes)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["i0e", 0],
    ["i-42e", -42],
    ["i9007199254740991e", Number.MAX_SAFE_INTEGER],
    ["i9007199254740992e", 9007199254740992n],
    ["i-9007199254740991e", Number.MIN_SAFE_INTEGER],
    ["i9007199254740990e", 9007199254740990],
    ["i9007199254740987e", 9007199254740987],
    ["i18446744073709551615e", 18446744073709551615n],
    ["i-9223372036854775808e", -9223372036854775808n],
  ])("reads %s exactly", (text, value) => {
    expect(decodeBencode(utf8(text))).toBe(value);
  });

  it.each([
    ["", "byte 0: got the end"],
    ["x", "byte 0: got byte 0x78, wanted a value"],
    ["ie", "byte 1"],
    ["i-e", "byte 2"],
    ["i1", "byte 2: got the end"],
    ["i1.5e", "byte 2"],
    ["i+1e", "byte 1"],
    ["i 1e", "byte 1"],
    ["i01e", "leading zeros"],
    ["i-0e", "negative zero"],
    ["i-01e", "leading zeros"],
    ["i00e", "leading zeros"],
    ["1:", "byte 0: string of 1 bytes leaves"],
    ["5:abcd", "4 remain"],
    ["-1:a", "byte 0"],
    ["01:a", "leading zeros"],
    ["00:", "leading zeros"],
    ["1", "byte 1: got the end"],
    ["99999999999999999999:", "leaves the input"],
    ["l", "byte 1"],
    ["d", "byte 1: got the end of the input, wanted a key"],
    ["e", "byte 0"],
    ["i1ee", "byte 3: 1 bytes after"],
    ["d1:ae", "its value is missing"],
    ["di1ei2ee", "byte 1: got byte 0x69, wanted a key"],
    ["d1:bi1e1:ai2ee", 'byte 7: key "a" is not in order'],
    ["d1:ai1e1:ai2ee", 'byte 7: key "a" is repeated'],
  ])("refuses %j and says where", (text, message) => {
    const run = (): unknown => decodeBencode(utf8(text));
    expect(run).toThrow(expect.objectContaining({ code: "bencode-invalid" }));
    expect(run).toThrow(message);
  });

  it("compares keys as bytes", () => {
    const high = latin1("d1:\u00ffi1e1:\u0080i2ee");
    expect(() => decodeBencode(high)).toThrow("not in order");
    expect(decodeBencode(latin1("d1:\u0080i1e1:\u00ffi2ee"))).toBeInstanceOf(BDict);
    expect(decodeBencode(utf8("d9:__proto__i1ee"))).toMatchObject({ size: 1 });
  });

  it("forgives only what it is told to", () => {
    const unsorted = utf8("d1:bi1e1:ai2ee");
    const repeated = utf8("d1:bi1e1:ai2e1:bi3ee");
    expect(toPlain(decodeBencode(unsorted, { anyKeyOrder: true }))).toEqual(
      new Map([
        ["b", 1],
        ["a", 2],
      ]),
    );
    expect(() => decodeBencode(repeated, { anyKeyOrder: true })).toThrow("is repeated");
    expect(() => decodeBencode(utf8("i01e"), { anyKeyOrder: true })).toThrow("leading zeros");
    expect(toPlain(decodeBencode(repeated, { lenient: true }))).toEqual(
      new Map([
        ["b", 1],
        ["a", 2],
      ]),
    );
    expect(toPlain(decodeBencode(utf8("li-0ei007e02:abe"), { lenient: true }))).toEqual([0, 7, utf8("ab")]);
  });

  it("refuses a repeated key that stands in order among unordered ones", () => {
    expect(() => decodeBencode(utf8("d1:ci1e1:ai2e1:ci3ee"), { anyKeyOrder: true })).toThrow("is repeated");
  });

  it("stops at its budget", () => {
    const limit = expect.objectContaining({ code: "bencode-limit" });
    const nested = (depth: number): Uint8Array => utf8("l".repeat(depth) + "e".repeat(depth));
    expect(() => decodeBencode(nested(100))).not.toThrow();
    expect(() => decodeBencode(nested(101))).toThrow(limit);
    expect(() => decodeBencode(utf8("l".repeat(1_000_000)))).toThrow(limit);
    expect(() => decodeBencode(nested(11), { maxDepth: 10 })).toThrow(limit);
    expect(() => decodeBencode(utf8("d1:ai1ee"), { maxTokens: 3 })).not.toThrow();
    expect(() => decodeBencode(utf8("d1:ai1ee"), { maxTokens: 2 })).toThrow(limit);
    expect(() => decodeBencode(utf8("5:abcde"), { maxBytes: 6 })).toThrow(limit);
    expect(() => decodeBencode(utf8(`i${"9".repeat(101)}e`))).toThrow(limit);
  });

  it("says where a prefix ends, and gives views", () => {
    const input = concatBytes([utf8("d1:a2:bce"), utf8("payload")]);
    const { value, end } = decodeBencodePrefix(input);
    expect(end).toBe(9);
    expect((value as BDict).getBytes("a")?.buffer).toBe(input.buffer);
  });

  it("decodes views of larger buffers", () => {
    const input = utf8("xxd1:ai1eexx").subarray(2, 10);
    expect((decodeBencode(input) as BDict).rawOf("a")).toEqual(utf8("i1e"));
  });
});
