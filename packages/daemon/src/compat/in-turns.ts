/** Long answers, written piece by piece: ten thousand rows are tens of megabytes, and others are answered in between. */
import { setImmediate } from "node:timers/promises";

/** What is written at once, in characters. */
const TURN = 262_144;

/** Joined when that is one turn's work; else to be sent turn by turn. What can fail must have failed before. */
export function inTurns(pieces: Iterable<string>): string | AsyncIterable<string> {
  const iterator = pieces[Symbol.iterator]();
  const first = takeTurn(iterator);
  return first.isLast ? first.text : goOn(first.text, iterator);
}

async function* goOn(first: string, iterator: Iterator<string>): AsyncGenerator<string> {
  yield first;
  for (;;) {
    await setImmediate();
    const { text, isLast } = takeTurn(iterator);
    yield text;
    if (isLast) return;
  }
}

function takeTurn(iterator: Iterator<string>): { readonly text: string; readonly isLast: boolean } {
  let text = "";
  while (text.length < TURN) {
    const next = iterator.next();
    if (next.done === true) return { text, isLast: true };
    text += next.value;
  }
  return { text, isLast: false };
}
