import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listOf, writeAround, WrittenJson } from "./written-json.ts";

async function collect(text: string | AsyncIterable<string>): Promise<{ text: string; turns: number }> {
  if (typeof text === "string") return { text, turns: 1 };
  const pieces: string[] = [];
  for await (const piece of text) pieces.push(piece);
  return { text: pieces.join(""), turns: pieces.length };
}

describe("JSON around what is written already", () => {
  it("is the JSON of the whole", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.array(fc.jsonValue()), async (other, rows) => {
        const write = (): WrittenJson => new WrittenJson(listOf(rows.map((row) => JSON.stringify(row))));
        const { text } = await collect(writeAround([{ other, rows: write() }, write()]));
        expect(text).toBe(JSON.stringify([{ other, rows }, rows]));
      }),
    );
  });

  it("comes in turns when it is long", async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => JSON.stringify("x".repeat(200) + index));
    const { text, turns } = await collect(writeAround({ rows: new WrittenJson(listOf(rows)) }));
    expect(turns).toBeGreaterThan(3);
    expect(JSON.parse(text)).toEqual({ rows: rows.map((row) => JSON.parse(row) as unknown) });
  });
});
