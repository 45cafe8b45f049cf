/** Sessions of browsers: in memory, so that a restart ends them (PROMISES C2). Times are monotonic. */
import { createHash, randomBytes } from "node:crypto";
import type { SessionEntry } from "@torrential/api";

export interface Session {
  /** Names the session to people; no secret. */
  readonly id: string;
  readonly username: string;
  readonly address: string;
  readonly userAgent: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly sudoUntil: number;
}

const SESSIONS_MAX = 64;
const IDLE_MS_MAX = 3_600_000;
const SUDO_MS = 300_000;

export class Sessions {
  /** By the hash of the cookie, in order of last use. */
  readonly #sessions = new Map<string, Session>();

  /** The value of the cookie: 128 bits and more. The one that was idle longest makes room. */
  create(of: Pick<Session, "username" | "address" | "userAgent">, now: number): string {
    const cookie = randomBytes(24).toString("base64url");
    this.#dropIdle(now);
    if (this.#sessions.size >= SESSIONS_MAX) this.#dropOldest();
    const id = randomBytes(6).toString("hex");
    // Who logs in has just given the password.
    const session = { ...of, id, createdAt: now, lastUsedAt: now, sudoUntil: now + SUDO_MS };
    this.#sessions.set(hash(cookie), session);
    return cookie;
  }

  /** And counts as a use of it. */
  find(cookie: string, now: number): Session | undefined {
    const key = hash(cookie);
    const session = this.#sessions.get(key);
    if (session === undefined) return undefined;
    this.#sessions.delete(key);
    if (now - session.lastUsedAt > IDLE_MS_MAX) return undefined;
    const used = { ...session, lastUsedAt: now };
    this.#sessions.set(key, used);
    return used;
  }

  /** The session may widen settings for five minutes; undefined when there is none. */
  elevate(id: string, now: number): Session | undefined {
    for (const [key, session] of this.#sessions) {
      if (session.id !== id) continue;
      const elevated = { ...session, sudoUntil: now + SUDO_MS };
      this.#sessions.set(key, elevated);
      return elevated;
    }
    return undefined;
  }

  /** Whether there was one. */
  end(id: string): boolean {
    for (const [key, session] of this.#sessions) if (session.id === id) return this.#sessions.delete(key);
    return false;
  }

  endAll(options: { readonly but: string | undefined }): void {
    for (const [key, session] of this.#sessions) if (session.id !== options.but) this.#sessions.delete(key);
  }

  list(now: number, options: { readonly currentId: string | undefined; readonly wallNowMs: number }): SessionEntry[] {
    this.#dropIdle(now);
    const toWall = (at: number): number => Math.round(options.wallNowMs - (now - at));
    return [...this.#sessions.values()].map(({ id, username, address, userAgent, createdAt, lastUsedAt }) => ({
      id,
      username,
      address,
      userAgent,
      createdAtMs: toWall(createdAt),
      lastUsedAtMs: toWall(lastUsedAt),
      isCurrent: id === options.currentId,
    }));
  }

  #dropIdle(now: number): void {
    for (const [key, { lastUsedAt }] of this.#sessions) {
      if (now - lastUsedAt > IDLE_MS_MAX) this.#sessions.delete(key);
    }
  }

  #dropOldest(): void {
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#sessions.delete(oldest);
  }
}

/** What leaks from memory, such as a heap dump, is no cookie. */
function hash(cookie: string): string {
  return createHash("sha256").update(cookie).digest("base64url");
}
