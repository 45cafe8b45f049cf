/** Write tokens (BEP 5): proof that who wants to write got our answer at the address it writes from. */
import { concatBytes, equalBytes, latin1, sha1 } from "@torrential/core";
import { drawBytes, type Random } from "./node-id.ts";

/** BEP 5: "a secret that changes every five minutes and tokens up to ten minutes old are accepted". */
const SECRET_LIFETIME_MS = 300_000;
const TOKEN_LENGTH = 8;

export class Tokens {
  readonly #random: Random;
  #secrets: readonly [Uint8Array, Uint8Array];
  #changedAt: number;

  constructor(random: Random, now: number) {
    this.#random = random;
    this.#secrets = [drawBytes(random, 20), drawBytes(random, 20)];
    this.#changedAt = now;
  }

  /** The token of an address for one target: of no use for another (BEP 44). */
  make(address: string, target: Uint8Array, now: number): Uint8Array {
    this.#rotate(now);
    return tokenOf(this.#secrets[0], address, target);
  }

  isValid(token: Uint8Array, address: string, target: Uint8Array, now: number): boolean {
    this.#rotate(now);
    return this.#secrets.some((secret) => equalBytes(tokenOf(secret, address, target), token));
  }

  #rotate(now: number): void {
    const age = now - this.#changedAt;
    if (age < SECRET_LIFETIME_MS) return;
    const kept = age < 2 * SECRET_LIFETIME_MS ? this.#secrets[0] : drawBytes(this.#random, 20);
    this.#secrets = [drawBytes(this.#random, 20), kept];
    this.#changedAt = now;
  }
}

function tokenOf(secret: Uint8Array, address: string, target: Uint8Array): Uint8Array {
  return sha1(concatBytes([secret, target, latin1(address)])).slice(0, TOKEN_LENGTH);
}
