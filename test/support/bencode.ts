/** A small encoder that shares nothing with the one under test, and that can also be told to write what is wrong. */

/** `raw` is put in as it stands. A record's keys are sorted; a list of pairs keeps its order. */
export type Bencodable =
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Bencodable[]
  | { readonly [key: string]: Bencodable }
  | Raw
  | Pairs;

export class Raw {
  readonly bytes: Uint8Array;

  constructor(text: string | Uint8Array) {
    this.bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
  }
}

/** A dictionary with the order, and the repetitions, of its maker. */
export class Pairs {
  readonly pairs: readonly (readonly [string | Uint8Array, Bencodable])[];

  constructor(pairs: readonly (readonly [string | Uint8Array, Bencodable])[]) {
    this.pairs = pairs;
  }
}

export function bencode(value: Bencodable): Buffer {
  if (typeof value === "number" || typeof value === "bigint") return Buffer.from(`i${value}e`);
  if (typeof value === "string") return bencode(Buffer.from(value));
  if (value instanceof Uint8Array) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  if (value instanceof Raw) return Buffer.from(value.bytes);
  if (value instanceof Pairs)
    return wrap(
      "d",
      value.pairs.flatMap(([key, item]) => [bencode(key), bencode(item)]),
    );
  if (isList(value)) return wrap("l", value.map(bencode));
  const pairs = Object.entries(value).toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return bencode(new Pairs(pairs));
}

function isList(value: Bencodable): value is readonly Bencodable[] {
  return Array.isArray(value);
}

function wrap(open: string, items: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from(open), ...items, Buffer.from("e")]);
}
