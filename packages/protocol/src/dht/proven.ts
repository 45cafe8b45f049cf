/** Addresses that answered what we chose lately: nobody else can have sent their questions (PROMISES C14). */
import type { Endpoint } from "@torrential/core";

const PROVEN_FOR_MS = 600_000;
const PROVEN_MAX = 4_096;

export class Proven {
  /** By address, the earliest proof first. */
  readonly #provenAt = new Map<string, number>();

  add({ address }: Endpoint, now: number): void {
    this.#provenAt.delete(address);
    this.#provenAt.set(address, now);
    const [eldest] = this.#provenAt.keys();
    if (this.#provenAt.size > PROVEN_MAX && eldest !== undefined) this.#provenAt.delete(eldest);
  }

  has({ address }: Endpoint, now: number): boolean {
    const at = this.#provenAt.get(address);
    return at !== undefined && now - at < PROVEN_FOR_MS;
  }

  expire(now: number): void {
    for (const [address, at] of this.#provenAt) {
      if (now - at < PROVEN_FOR_MS) return;
      this.#provenAt.delete(address);
    }
  }
}
