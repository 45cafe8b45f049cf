import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitTo, toJson, toLine, widthOf } from "./text.ts";

const UNSAFE = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u;

describe("a line", () => {
  it("has no terminal sequences, breaks or turns in it", () => {
    expect(toLine("a\u001b]8;;http://x\u0007b\r\nc\u009b2J\u202egpj.exe")).toBe("a]8;;http://xb c2Jgpj.exe");
  });

  it("is safe whatever it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(UNSAFE.test(toLine(text))).toBe(false);
      }),
    );
  });
});

describe("json", () => {
  it("is one line that says the same, with nothing a terminal acts upon", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const line = toJson({ text });
        expect(UNSAFE.test(line)).toBe(false);
        expect(JSON.parse(line)).toEqual({ text: text });
      }),
    );
  });

  it("has null for what is not known", () => {
    expect(toJson({ eta: undefined })).toBe('{"eta":null}');
  });
});

describe("width", () => {
  it("counts columns, not characters", () => {
    expect([widthOf("abc"), widthOf("日本"), widthOf("e\u0301"), widthOf("🎬")]).toEqual([3, 4, 1, 2]);
  });
});

describe("fitting", () => {
  it("cuts in the middle and keeps the end", () => {
    expect(fitTo("a-very-long-name-of-a-film.mkv", 16, "…")).toBe("a-very-lon…m.mkv");
    expect(fitTo("abc", 5, "…")).toBe("abc  ");
  });

  it("always takes exactly the columns", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 0, max: 40 }), (text, columns) => {
        expect(widthOf(fitTo(toLine(text), columns, "~"))).toBe(columns);
      }),
    );
  });
});
