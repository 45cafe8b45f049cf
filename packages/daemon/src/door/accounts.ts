/** Logging in with a password: who may try, and what each failure costs (PROMISES C2). */
import { createHmac, randomBytes } from "node:crypto";
import { TorrentialError } from "@torrential/core";
import type { KeyValueStore } from "../service/service.ts";
import { BackOff } from "./back-off.ts";
import { sourceOf } from "./client-address.ts";
import { PASSWORD_LENGTH_MIN, PasswordHasher } from "./passwords.ts";

const AREA = "passwords";
const SOURCES_AREA = "known-sources";
const SOURCES_MAX = 64;
const FREE_FAILURES_OF_SOURCE = 5;
const FREE_FAILURES_OF_ACCOUNT = 20;
/** Basic credentials that were right are believed so long, so that not each request costs a hash. */
const BELIEVED_MS = 300_000;
const BELIEVED_MAX = 64;

export type LoginResult =
  | { readonly type: "in"; readonly username: string }
  | { readonly type: "wrong" }
  /** Refused without looking at the password. */
  | { readonly type: "locked"; readonly waitMs: number };

export interface Attempt {
  readonly username: string;
  readonly password: string;
  /** Canonical, see `viewClient`. */
  readonly address: string;
}

export class Accounts {
  readonly #store: KeyValueStore;
  readonly #hasher: PasswordHasher;
  readonly #bySource = new BackOff({ freeFailures: FREE_FAILURES_OF_SOURCE });
  readonly #byAccount = new BackOff({ freeFailures: FREE_FAILURES_OF_ACCOUNT });
  readonly #believed = new Map<string, number>();
  readonly #believedKey = randomBytes(32);
  #generation = 0;

  constructor(store: KeyValueStore, hasher: PasswordHasher = new PasswordHasher()) {
    this.#store = store;
    this.#hasher = hasher;
  }

  get hasPassword(): boolean {
    return this.#store.list(AREA).size > 0;
  }

  /** Another number after each change of the password. */
  get generation(): number {
    return this.#generation;
  }

  /** How long guesses from `address` are refused; 0 when they are heard. */
  waitMs(address: string, now: number): number {
    return this.#bySource.waitMs(sourceOf(address), now);
  }

  /** A wrong token costs what a wrong password does. */
  handleWrongToken(address: string, now: number): void {
    this.#bySource.handleFailure(sourceOf(address), now);
  }

  /** Throws "busy". */
  async logIn(attempt: Attempt, readNow: () => number): Promise<LoginResult> {
    const locked = this.#lockOf(attempt, readNow());
    if (locked !== undefined) return locked;
    const stored = this.#store.get(AREA, attempt.username);
    // Many guesses sent at once wait in line: what the first ones cost counts for the rest.
    const isStillWanted = (): boolean => this.#lockOf(attempt, readNow()) === undefined;
    const isRight = await this.#hasher.verify(attempt.password, stored, isStillWanted);
    const now = readNow();
    if (isRight === undefined) return this.#lockOf(attempt, now) ?? { type: "wrong" };
    if (!isRight) {
      this.#bySource.handleFailure(sourceOf(attempt.address), now);
      this.#byAccount.handleFailure(attempt.username, now);
      return { type: "wrong" };
    }
    this.#bySource.handleSuccess(sourceOf(attempt.address));
    this.#rememberSource(attempt.address);
    return { type: "in", username: attempt.username };
  }

  /** The same for HTTP Basic, where every request brings the password. Throws "busy". */
  async checkBasic(attempt: Attempt, readNow: () => number): Promise<LoginResult> {
    const key = this.#keyOf(attempt);
    if ((this.#believed.get(key) ?? 0) > readNow()) return { type: "in", username: attempt.username };
    const result = await this.logIn(attempt, readNow);
    if (result.type === "in") this.#believe(key, readNow() + BELIEVED_MS);
    return result;
  }

  /** On disk when resolved. Throws "invalid" or "busy". */
  async setPassword(username: string, password: string): Promise<void> {
    if (password.length < PASSWORD_LENGTH_MIN) {
      throw new TorrentialError(
        "invalid",
        `password: got ${password.length} characters, wanted ${PASSWORD_LENGTH_MIN} at least`,
      );
    }
    const hash = await this.#hasher.hash(password);
    for (const other of this.#store.list(AREA).keys()) {
      if (other !== username) await this.#store.set(AREA, other, undefined);
    }
    await this.#store.set(AREA, username, hash);
    this.#believed.clear();
    this.#generation += 1;
  }

  /**
   * An account that is attacked from everywhere must wait as a whole, but not for those who came in from where they are
   * now before: the attacker must never lock the owner out.
   */
  #lockOf({ username, address }: Attempt, now: number): LoginResult | undefined {
    const ofSource = this.waitMs(address, now);
    const isKnown = this.#store.get(SOURCES_AREA, sourceOf(address)) !== undefined;
    const ofAccount = isKnown ? 0 : this.#byAccount.waitMs(username, now);
    const waitMs = Math.max(ofSource, ofAccount);
    return waitMs > 0 ? { type: "locked", waitMs } : undefined;
  }

  #rememberSource(address: string): void {
    const source = sourceOf(address);
    const known = this.#store.list(SOURCES_AREA);
    if (known.has(source)) return;
    const [oldest] = known.keys();
    const forget = known.size >= SOURCES_MAX && oldest !== undefined;
    // A convenience: without it only the lock of a whole account is felt.
    if (forget) this.#store.set(SOURCES_AREA, oldest, undefined).catch(() => undefined);
    this.#store.set(SOURCES_AREA, source, "1").catch(() => undefined);
  }

  #believe(key: string, until: number): void {
    const [oldest] = this.#believed.keys();
    if (this.#believed.size >= BELIEVED_MAX && oldest !== undefined) this.#believed.delete(oldest);
    this.#believed.set(key, until);
  }

  #keyOf({ username, password }: Attempt): string {
    return createHmac("sha256", this.#believedKey).update(`${username}\0${password}`).digest("base64url");
  }
}
