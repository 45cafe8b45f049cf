/** API tokens: shown once, kept as hashes, each with a scope (PROMISES C2). */
import { createHash, randomBytes } from "node:crypto";
import type { CreatedToken, NewToken, Scope, Token } from "@torrential/api";
import { TorrentialError } from "@torrential/core";
import type { KeyValueStore } from "../service/service.ts";

const AREA = "tokens";
const TOKENS_MAX = 256;
/** A use is noted at most so often: it is a write to disk. */
const NOTE_USE_EVERY_MS = 3_600_000;

interface Stored extends Token {
  /** SHA-256 in hex. A token is 256 random bits: there is nothing to guess, so no slow hash. */
  readonly hash: string;
}

export class ApiTokens {
  readonly #store: KeyValueStore;
  readonly #byHash = new Map<string, Stored>();

  constructor(store: KeyValueStore) {
    this.#store = store;
    for (const [id, text] of store.list(AREA)) {
      const stored = parseStored(id, text);
      if (stored !== undefined) this.#byHash.set(stored.hash, stored);
    }
  }

  get size(): number {
    return this.#byHash.size;
  }

  list(): readonly Token[] {
    return [...this.#byHash.values()].map(({ hash: _hash, ...token }) => token);
  }

  /** The token that `secret` is; undefined when there is none, or it has expired. `nowMs` since 1970. */
  find(secret: string, nowMs: number): Token | undefined {
    const stored = this.#byHash.get(hashSecret(secret));
    if (stored === undefined || (stored.expiresAtMs !== undefined && stored.expiresAtMs <= nowMs)) return undefined;
    if (nowMs - (stored.lastUsedAtMs ?? 0) > NOTE_USE_EVERY_MS) this.#noteUse(stored, nowMs);
    return stored;
  }

  /** Whether it is still good; `nowMs` since 1970. */
  has(id: string, nowMs: number): boolean {
    const stored = [...this.#byHash.values()].find((each) => each.id === id);
    return stored !== undefined && (stored.expiresAtMs === undefined || stored.expiresAtMs > nowMs);
  }

  /** On disk when resolved. Throws "conflict" when there are too many. */
  async create({ name, scope, expiresAtMs }: NewToken, nowMs: number): Promise<CreatedToken> {
    if (this.#byHash.size >= TOKENS_MAX) {
      throw new TorrentialError("conflict", `there are ${TOKENS_MAX} tokens already: revoke some`);
    }
    const secret = `trt_${randomBytes(32).toString("base64url")}`;
    const id = randomBytes(8).toString("hex");
    const token: Token = { id, name, scope, createdAtMs: nowMs, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
    await this.#save({ ...token, hash: hashSecret(secret) });
    return { ...token, token: secret };
  }

  /** Throws "not-found". */
  async revoke(id: string): Promise<void> {
    const stored = [...this.#byHash.values()].find((each) => each.id === id);
    if (stored === undefined) throw new TorrentialError("not-found", `token ${JSON.stringify(id)}: there is none`);
    this.#byHash.delete(stored.hash);
    await this.#store.set(AREA, id, undefined);
  }

  async #save(stored: Stored): Promise<void> {
    const { id, ...rest } = stored;
    await this.#store.set(AREA, id, JSON.stringify(rest));
    this.#byHash.set(stored.hash, stored);
  }

  #noteUse(stored: Stored, nowMs: number): void {
    const used = { ...stored, lastUsedAtMs: nowMs };
    this.#byHash.set(stored.hash, used);
    const { id, ...rest } = used;
    // When it was used is worth no error: a state folder that is full says so elsewhere.
    this.#store.set(AREA, id, JSON.stringify(rest)).catch(() => undefined);
  }
}

export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function parseStored(id: string, text: string): Stored | undefined {
  let value: Partial<Stored>;
  try {
    value = Object(JSON.parse(text));
  } catch {
    // A damaged one opens no door, and keeps the daemon from nothing: it is made anew.
    return undefined;
  }
  const { name, scope, createdAtMs, hash, lastUsedAtMs, expiresAtMs } = value;
  if (typeof name !== "string" || !isScope(scope) || typeof createdAtMs !== "number" || typeof hash !== "string") {
    return undefined;
  }
  return { id, name, scope, createdAtMs, hash, lastUsedAtMs, expiresAtMs };
}

function isScope(value: unknown): value is Scope {
  return value === "read" || value === "add" || value === "control" || value === "admin";
}
