/**
 * Sessions of browsers (PROMISES C2). They outlive the daemon, as hashes of their cookies; the right to widen settings does
 * not. Times are monotonic here, and since 1970 in the store.
 */
import { createHash, randomBytes } from "node:crypto";
import type { SessionEntry } from "@torrential/api";
import type { KeyValueStore } from "../service/service.ts";
import { Fields } from "../state/fields.ts";

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
/** Of the page; and of programs that log in by qBittorrent's API, so that neither pushes out the other. */
export type SessionArea = "sessions" | "app-sessions";
const USER_AGENT_LENGTH_MAX = 200;
/** A use is noted at most so often: it is a write to disk. */
const NOTE_USE_EVERY_MS = 300_000;

export interface SessionClock {
  /** Monotonic. */
  now(): number;
  /** Since 1970. */
  wallNow(): number;
}

export class Sessions {
  readonly #store: KeyValueStore;
  readonly #clock: SessionClock;
  readonly #area: SessionArea;
  /** By the hash of the cookie, in order of last use. */
  readonly #sessions = new Map<string, Session>();
  /** When their last use was written, monotonic. */
  readonly #notedAt = new Map<string, number>();

  constructor(store: KeyValueStore, clock: SessionClock, area: SessionArea = "sessions") {
    this.#store = store;
    this.#clock = clock;
    this.#area = area;
    const now = clock.now();
    const stored = [...store.list(area)].flatMap(([key, text]) =>
      parseStored(text, clock).map((each) => [key, each] as const),
    );
    for (const [key, session] of stored.toSorted(([, a], [, b]) => a.lastUsedAt - b.lastUsedAt)) {
      this.#sessions.set(key, session);
      this.#notedAt.set(key, session.lastUsedAt);
    }
    this.#dropIdle(now);
  }

  /** The value of the cookie: 128 bits and more. The one that was idle longest makes room. */
  create(of: Pick<Session, "username" | "address" | "userAgent">, now: number): string {
    const cookie = randomBytes(24).toString("base64url");
    this.#dropIdle(now);
    if (this.#sessions.size >= SESSIONS_MAX) this.#dropOldest();
    const id = randomBytes(6).toString("hex");
    // Who logs in has just given the password.
    const session = { ...of, id, createdAt: now, lastUsedAt: now, sudoUntil: now + SUDO_MS };
    const key = hash(cookie);
    this.#sessions.set(key, session);
    this.#note(key, session);
    return cookie;
  }

  /** And counts as a use of it. */
  find(cookie: string, now: number): Session | undefined {
    const key = hash(cookie);
    const session = this.#sessions.get(key);
    if (session === undefined) return undefined;
    if (now - session.lastUsedAt > IDLE_MS_MAX) {
      this.#forget(key);
      return undefined;
    }
    this.#sessions.delete(key);
    const used = { ...session, lastUsedAt: now };
    this.#sessions.set(key, used);
    if (now - (this.#notedAt.get(key) ?? 0) >= NOTE_USE_EVERY_MS) this.#note(key, used);
    return used;
  }

  /** Whether it is not over; no use of it. */
  has(id: string): boolean {
    for (const session of this.#sessions.values()) if (session.id === id) return true;
    return false;
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

  /** Whether there was one. It is over at once, and on disk when this resolves. */
  async end(id: string): Promise<boolean> {
    for (const [key, session] of this.#sessions) {
      if (session.id !== id) continue;
      await this.#remove([key]);
      return true;
    }
    return false;
  }

  /** As `end`. */
  async endAll(options: { readonly but: string | undefined }): Promise<void> {
    await this.#remove([...this.#sessions].flatMap(([key, { id }]) => (id === options.but ? [] : [key])));
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
    for (const [key, { lastUsedAt }] of this.#sessions) if (now - lastUsedAt > IDLE_MS_MAX) this.#forget(key);
  }

  #dropOldest(): void {
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#forget(oldest);
  }

  async #remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.#sessions.delete(key);
      this.#notedAt.delete(key);
    }
    for (const key of keys) await this.#store.set(this.#area, key, undefined);
  }

  /** One that is over anyway: what stays on disk is found to be over again. */
  #forget(key: string): void {
    this.#remove([key]).catch(() => undefined);
  }

  /** A state folder that is full keeps nobody out: the session then ends with the daemon. */
  #note(key: string, { id, username, address, userAgent, createdAt, lastUsedAt }: Session): void {
    this.#notedAt.set(key, lastUsedAt);
    const toWall = (at: number): number => Math.round(this.#clock.wallNow() - (this.#clock.now() - at));
    const stored = {
      id,
      username,
      address,
      userAgent,
      createdAtMs: toWall(createdAt),
      lastUsedAtMs: toWall(lastUsedAt),
    };
    this.#store.set(this.#area, key, JSON.stringify(stored)).catch(() => undefined);
  }
}

/** What a client says of itself, as much of it as is kept. */
export function readUserAgent(header: string | undefined): string {
  return (header ?? "").slice(0, USER_AGENT_LENGTH_MAX);
}

/** Nothing, for what is none of ours. A clock that was set back makes no session younger than now. */
function parseStored(text: string, clock: SessionClock): Session[] {
  let fields: Fields;
  try {
    fields = Fields.parse(text);
  } catch {
    // A damaged one is as good as none: its owner logs in again.
    return [];
  }
  const [id, username] = [fields.text("id"), fields.text("username")];
  const [createdAtMs, lastUsedAtMs] = [fields.number("createdAtMs"), fields.number("lastUsedAtMs")];
  if (id === undefined || username === undefined || createdAtMs === undefined || lastUsedAtMs === undefined) return [];
  const toMonotonic = (at: number): number => clock.now() - Math.max(0, clock.wallNow() - at);
  return [
    {
      id,
      username,
      address: fields.text("address") ?? "",
      userAgent: fields.text("userAgent") ?? "",
      createdAt: toMonotonic(createdAtMs),
      lastUsedAt: toMonotonic(lastUsedAtMs),
      sudoUntil: 0,
    },
  ];
}

/** What leaks, such as a heap dump or a backup, is no cookie. */
function hash(cookie: string): string {
  return createHash("sha256").update(cookie).digest("base64url");
}
