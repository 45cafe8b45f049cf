import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SseParser } from "./sse-parser.ts";

describe("the parser of server-sent events", () => {
  it("reads fields, comments and every line end", () => {
    const text =
      "\uFEFF".slice(1) +
      ": hi\r\nretry: 2000\nid: 1\nevent: a\rdata: x\ndata:y\n\nid\ndata\n\nevent: none\n\ndata: z\r\n\r\n";
    const parser = new SseParser();
    expect(parser.push(text)).toEqual([
      { event: "a", data: "x\ny", id: "1" },
      { event: "message", data: "", id: "" },
      { event: "message", data: "z", id: "" },
    ]);
    expect(parser.retryMs).toBe(2000);
  });

  it("reads the same however the text is cut", () => {
    const text = "id: 1\r\nevent: a\r\ndata: x\r\n\r\n: c\rdata: y\n\rdata: z\n\n";
    const whole = new SseParser().push(`${text}\n`);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const parser = new SseParser();
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const events = places.slice(1).flatMap((end, index) => parser.push(text.slice(places[index], end)));
        expect([...events, ...parser.push("\n")]).toEqual(whole);
      }),
    );
  });

  it("never throws but for lines without end", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void new SseParser().push(text)));
    const parser = new SseParser();
    expect(() => {
      for (let i = 0; i < 20; i++) parser.push("x".repeat(1024 * 1024));
    }).toThrow(RangeError);
  });
});
