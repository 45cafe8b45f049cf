/** JSON in which a part was written already: rows that were made one by one, and are too many for one text. */
import { randomBytes } from "node:crypto";
import { inTurns } from "./in-turns.ts";

/** A JSON value in pieces. It may stand anywhere in a value that `writeAround` writes. */
export class WrittenJson {
  readonly pieces: Iterable<string>;

  constructor(pieces: Iterable<string>) {
    this.pieces = pieces;
  }
}

/** As JSON.stringify, with the parts that are written already in their places. */
export function writeAround(value: unknown): string | AsyncIterable<string> {
  const written: WrittenJson[] = [];
  // Nobody can write a text that is taken for it.
  const mark = randomBytes(16).toString("hex");
  const text = JSON.stringify(value, (_, inner: unknown) => {
    if (!(inner instanceof WrittenJson)) return inner;
    written.push(inner);
    return mark;
  });
  return written.length === 0 ? text : inTurns(weave(text.split(`"${mark}"`), written));
}

function* weave(texts: readonly string[], written: readonly WrittenJson[]): Iterable<string> {
  for (const [index, text] of texts.entries()) {
    yield text;
    yield* written[index]?.pieces ?? [];
  }
}

/** A JSON array of texts that are JSON. */
export function* listOf(rows: readonly string[]): Iterable<string> {
  yield "[";
  for (const [index, row] of rows.entries()) yield index === 0 ? row : `,${row}`;
  yield "]";
}
