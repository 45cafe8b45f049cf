/** The bloom filter of BEP 33: 2,048 bits, two of them set by each address. How many addresses went in can be estimated. */
import { assert, parseIp, sha1 } from "@torrential/core";

export const BLOOM_LENGTH = 256;
const BITS = BLOOM_LENGTH * 8;

export class BloomFilter {
  /** 256 bytes. */
  readonly bytes: Uint8Array;

  /** Empty, or a copy of 256 bytes off the wire. */
  constructor(bytes?: Uint8Array) {
    assert(bytes === undefined || bytes.length === BLOOM_LENGTH, `bloom filter of ${bytes?.length} bytes`);
    this.bytes = bytes?.slice() ?? new Uint8Array(BLOOM_LENGTH);
  }

  /** Takes an IP literal. */
  add(address: string): void {
    for (const bit of bitsOf(address)) {
      const at = bit >>> 3;
      this.bytes[at] = (this.bytes[at] ?? 0) | (1 << (bit & 7));
    }
  }

  /** False when the address never went in. */
  mayHave(address: string): boolean {
    return bitsOf(address).every((bit) => ((this.bytes[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0);
  }

  /** Takes in all that `other` holds. */
  merge(other: BloomFilter): void {
    for (let i = 0; i < BLOOM_LENGTH; i++) this.bytes[i] = (this.bytes[i] ?? 0) | (other.bytes[i] ?? 0);
  }

  /** About how many addresses went in; of no use beyond 6,000. */
  estimate(): number {
    let zeros = 0;
    for (const byte of this.bytes) for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) === 0) zeros += 1;
    // The formula of BEP 33 gives half an address for none.
    if (zeros === BITS) return 0;
    const c = Math.min(BITS - 1, zeros);
    return Math.log(Math.max(1, c) / BITS) / (2 * Math.log(1 - 1 / BITS));
  }
}

function bitsOf(address: string): readonly [number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = sha1(parseIp(address) ?? new Uint8Array());
  return [(a | (b << 8)) % BITS, (c | (d << 8)) % BITS];
}
