/** Small changes to an input, as a fuzzer makes them; the same seed makes the same ones. */

/** Uniform in [0, 1). */
export type Random = () => number;

/** Bytes that parsers stumble over: length and type marks, signs, ends, separators. */
const INTERESTING: readonly number[] = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x2d, 0x30, 0x39, 0x3a, 0x64, 0x65, 0x69, 0x6c];
const CHANGES_MAX = 6;
const INSERT_MAX = 16;

/** A generator from a 32-bit seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A changed copy of `input`: one to six bytes or runs flipped, replaced, inserted, removed or repeated. */
export function mutate(input: Uint8Array, random: Random): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit);
  let bytes = input;
  for (let changes = 1 + below(CHANGES_MAX); changes > 0; changes--) bytes = changeOnce(bytes, below);
  return bytes;
}

function changeOnce(bytes: Uint8Array, below: (limit: number) => number): Uint8Array {
  const at = below(bytes.length + 1);
  const run = 1 + below(INSERT_MAX);
  const byte = INTERESTING[below(INTERESTING.length)] ?? 0;
  switch (below(5)) {
    case 0:
      return splice(
        bytes,
        at,
        0,
        new Uint8Array(run).map(() => below(256)),
      );
    case 1:
      return splice(bytes, at, run, new Uint8Array());
    case 2:
      return splice(bytes, at, 1, Uint8Array.of(byte));
    case 3:
      return splice(bytes, at, 0, bytes.subarray(at, at + run));
    default:
      return splice(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << below(8))));
  }
}

/** A copy with `removed` bytes at `at` replaced by `added`. */
function splice(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const tail = bytes.subarray(at + removed);
  const result = new Uint8Array(at + added.length + tail.length);
  result.set(bytes.subarray(0, at));
  result.set(added, at);
  result.set(tail, at + added.length);
  return result;
}
