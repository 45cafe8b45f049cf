/**
 * Connection ids (BEP 15) without a table: a keyed hash of the address and the time, so that whoever sends one has
 * received it, and a flood of connects costs no memory.
 */
import { concatBytes, equalBytes, parseIp, sha256, utf8 } from "@torrential/core";

/** BEP 15: a tracker "should accept the connection ID until two minutes after it has been send". */
const SLOT_MS = 120_000;

export class ConnectionIds {
  readonly #secret: Uint8Array;

  /** `secret` is 32 bytes that nobody else knows. */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** 8 bytes, good for two to four minutes. */
  make(address: string, now: number): Uint8Array {
    return this.#hash(address, Math.floor(now / SLOT_MS));
  }

  isValid(connection: Uint8Array, address: string, now: number): boolean {
    const slot = Math.floor(now / SLOT_MS);
    return [slot, slot - 1].some((each) => equalBytes(this.#hash(address, each), connection));
  }

  /** The secret is hashed at both ends, as in an HMAC, so that nothing can be appended. */
  #hash(address: string, slot: number): Uint8Array {
    const inner = sha256(
      concatBytes([this.#secret, utf8(String(slot)), Uint8Array.of(0), parseIp(address) ?? utf8(address)]),
    );
    return sha256(concatBytes([this.#secret, inner])).slice(0, 8);
  }
}
