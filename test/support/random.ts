/** Randomness from one printed seed: TORRENTIAL_TEST_SEED repeats a run. */
import { createCipheriv, createHash, randomInt } from "node:crypto";

/** The seed of this run. */
export const TEST_SEED: string = process.env["TORRENTIAL_TEST_SEED"] ?? String(randomInt(2 ** 31));

/** Bytes that depend on nothing but the label, the run's seed and their place: AES in counter mode, about 1 GB/s. */
export class ByteSource {
  readonly #cipher: ReturnType<typeof createCipheriv>;

  constructor(label: string) {
    const key = createHash("sha256").update(`${TEST_SEED}/${label}`).digest();
    this.#cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  }

  next(lengthBytes: number): Buffer {
    return this.#cipher.update(Buffer.alloc(lengthBytes));
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + (this.next(6).readUIntBE(0, 6) % (high - low + 1));
  }
}
