/** The fingerprint of a run: a rolling 64-bit hash of everything that went into and came out of each node. */

/** Two 32-bit lanes of a multiply-and-rotate hash. Not cryptographic: it has to tell two runs apart, and be cheap. */
export class Trace {
  #low = 0x9e3779b9 | 0;
  #high = 0x7f4a7c15 | 0;
  #records = 0;
  readonly #tail: string[] = [];
  readonly #tailMax: number;

  /** Keeps the last `tailMax` records as text for the report of a failure; 0 costs nothing. */
  constructor(options: { readonly tailMax: number } = { tailMax: 0 }) {
    this.#tailMax = options.tailMax;
  }

  get records(): number {
    return this.#records;
  }

  /** Lines of the latest records, oldest first. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  /** 16 hex digits. */
  get hash(): string {
    return hex32(finish(this.#low ^ this.#records)) + hex32(finish(this.#high));
  }

  /** One event: its time, whose it is, what it is, and what it carries. */
  record(
    now: number,
    subject: string,
    kind: string,
    ...values: readonly (number | string | Uint8Array | undefined)[]
  ): void {
    this.#records += 1;
    this.#mixNumber(now);
    this.#mixText(subject);
    this.#mixText(kind);
    for (const value of values) this.#mixValue(value);
    if (this.#tailMax > 0) this.#keep(`${now.toFixed(3)} ${subject} ${kind} ${values.map(describe).join(" ")}`);
  }

  #keep(line: string): void {
    this.#tail.push(line);
    if (this.#tail.length > 2 * this.#tailMax) this.#tail.splice(0, this.#tail.length - this.#tailMax);
  }

  #mixValue(value: number | string | Uint8Array | undefined): void {
    if (typeof value === "number") this.#mixNumber(value);
    else if (typeof value === "string") this.#mixText(value);
    else if (value === undefined) this.#mix(0x5bd1e995);
    else this.#mix(hashBytes(value));
  }

  #mixNumber(value: number): void {
    // Times have fractions; a 1024th of a millisecond is kept.
    const scaled = Math.round(value * 1024);
    this.#mix(scaled | 0);
    this.#mix(Math.floor(scaled / 0x1_0000_0000) | 0);
  }

  #mixText(text: string): void {
    let hash = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    this.#mix(hash);
  }

  #mix(word: number): void {
    this.#low = rotate(Math.imul(this.#low ^ word, 0x9e3779b1), 13);
    this.#high = rotate(Math.imul(this.#high + word, 0x85ebca77), 17) ^ this.#low;
  }
}

/** A 32-bit hash of bytes, four at a time. */
export function hashBytes(bytes: Uint8Array): number {
  if (((bytes.byteOffset | bytes.length) & 3) === 0) return hashWords(bytes);
  let hash = bytes.length | 0;
  const end = bytes.length - (bytes.length % 4);
  for (let i = 0; i < end; i += 4) {
    const word =
      (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24);
    hash = rotate(Math.imul(hash ^ word, 0x9e3779b1), 15);
  }
  for (let i = end; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return finish(hash);
}

/** As above, for what lies on a word's edge on a little-endian machine: every machine that runs this. */
function hashWords(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  let hash = bytes.length | 0;
  for (let i = 0; i < words.length; i++) hash = rotate(Math.imul(hash ^ (words[i] ?? 0), 0x9e3779b1), 15);
  return finish(hash);
}

/** 64-bit digest of a block as 16 hex digits, for the block digests of a disk. */
export function digestBlock(bytes: Uint8Array): string {
  let hash = 0x243f6a88;
  for (let i = 0; i < bytes.length; i++) hash = rotate(Math.imul(hash + (bytes[i] ?? 0), 0x85ebca6b), 11);
  return hex32(hashBytes(bytes)) + hex32(finish(hash));
}

function describe(value: number | string | Uint8Array | undefined): string {
  return value instanceof Uint8Array ? `<${value.length} bytes>` : String(value);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function finish(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return x ^ (x >>> 15);
}

function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
