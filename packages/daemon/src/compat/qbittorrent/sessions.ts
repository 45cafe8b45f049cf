/** Who is logged in to this API. A session has its own place in each list of changes, as the original's have. */
import { createHash, randomBytes } from "node:crypto";
import type { Service } from "../../service/service.ts";
import { Poll } from "./delta.ts";
import type { MainData } from "./sync-maindata.ts";
import type { PeersData } from "./sync-peers.ts";
import { TorrentObjects } from "./torrent-object.ts";

/** The original's: an hour of idleness. */
const IDLE_MS_MAX = 3_600_000;
/** PROMISES C2. */
const SESSIONS_MAX = 64;
/** Torrents whose peers one session watches at a time. */
const PEER_POLLS_MAX = 8;

export class QbSession {
  readonly objects: TorrentObjects;
  readonly mainData: Poll<MainData> = new Poll<MainData>();
  /** Since the password was given or shown to be known. */
  readonly isSudo: boolean;
  lastUsedAt: number;
  readonly #peers = new Map<string, Poll<PeersData>>();

  constructor(objects: TorrentObjects, options: { readonly isSudo: boolean; readonly now: number }) {
    this.objects = objects;
    this.isSudo = options.isSudo;
    this.lastUsedAt = options.now;
  }

  /** Of the torrent with this hash; the one not asked for longest makes room. */
  peers(infoHash: string): Poll<PeersData> {
    const poll = this.#peers.get(infoHash) ?? new Poll<PeersData>();
    this.#peers.delete(infoHash);
    this.#peers.set(infoHash, poll);
    const [oldest] = this.#peers.keys();
    if (this.#peers.size > PEER_POLLS_MAX && oldest !== undefined) this.#peers.delete(oldest);
    return poll;
  }
}

export class QbSessions {
  /** By the hash of the cookie, in order of last use. */
  readonly #sessions = new Map<string, QbSession>();
  /** By a name of those who come without a cookie: whoever sends a token or Basic credentials with each request. */
  readonly #objects: TorrentObjects;
  readonly #now: () => number;

  /** `now` in milliseconds, monotonic. */
  constructor(service: Service, now: () => number) {
    this.#objects = new TorrentObjects(service);
    this.#now = now;
    service.subscribe(({ removed, topics }) => {
      // Limits of sharing that hold for all are part of each.
      if (topics.has("settings")) this.#objects.forgetAll();
      for (const { infoHash } of removed) this.#objects.forget(infoHash);
    });
  }

  /** The value of the cookie. */
  create(options: { readonly isSudo: boolean }): string {
    const cookie = randomBytes(24).toString("base64url");
    this.#add(keyOf(cookie), options);
    return cookie;
  }

  find(cookie: string): QbSession | undefined {
    return this.#use(keyOf(cookie));
  }

  /** The session of somebody who shows who it is with every request. */
  of(name: string, options: { readonly isSudo: boolean }): QbSession {
    const key = keyOf(`name:${name}`);
    return this.#use(key) ?? this.#add(key, options);
  }

  end(cookie: string): void {
    this.#sessions.delete(keyOf(cookie));
  }

  endAll(): void {
    this.#sessions.clear();
  }

  #add(key: string, { isSudo }: { readonly isSudo: boolean }): QbSession {
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= SESSIONS_MAX && oldest !== undefined) this.#sessions.delete(oldest);
    const session = new QbSession(this.#objects, { isSudo, now: this.#now() });
    this.#sessions.set(key, session);
    return session;
  }

  #use(key: string): QbSession | undefined {
    const session = this.#sessions.get(key);
    if (session === undefined) return undefined;
    this.#sessions.delete(key);
    const now = this.#now();
    if (now - session.lastUsedAt > IDLE_MS_MAX) return undefined;
    session.lastUsedAt = now;
    this.#sessions.set(key, session);
    return session;
  }
}

/** What leaks from memory is no cookie. */
function keyOf(cookie: string): string {
  return createHash("sha256").update(cookie).digest("base64url");
}
