/**
 * Places in lists of changes: each who is logged in to this API has its own, as the original's sessions have. A place gives
 * no right: who may do what is said by the login (door/sessions.ts) or by what comes with each request.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Service } from "../../service/service.ts";
import { Poll } from "./delta.ts";
import type { MainData } from "./sync-maindata.ts";
import type { PeersData } from "./sync-peers.ts";
import { TorrentTable } from "./torrent-table.ts";

/** As many as there are logins (PROMISES C2). */
const SESSIONS_MAX = 64;
/** Torrents whose peers one session watches at a time. */
const PEER_POLLS_MAX = 8;

export class QbSession {
  readonly table: TorrentTable;
  readonly mainData: Poll<MainData> = new Poll<MainData>();
  readonly #peers = new Map<string, Poll<PeersData>>();

  constructor(table: TorrentTable) {
    this.table = table;
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
  /** By the hash of a name, in order of last use. */
  readonly #sessions = new Map<string, QbSession>();
  /** Shared by all. */
  readonly #table: TorrentTable;

  constructor(service: Service) {
    this.#table = new TorrentTable(service);
    service.subscribe(({ topics }) => {
      // Limits of sharing that hold for all are part of each.
      if (topics.has("settings")) this.#table.forgetAll();
    });
  }

  /** The value of a cookie for who shows who it is with every request, and for a program that wants a cookie all the same. */
  create(): string {
    const cookie = randomBytes(24).toString("base64url");
    this.#add(keyOf(cookie));
    return cookie;
  }

  find(cookie: string): QbSession | undefined {
    return this.#use(keyOf(cookie));
  }

  /** Of a login, or of a caller. */
  of(name: string): QbSession {
    const key = keyOf(`name:${name}`);
    return this.#use(key) ?? this.#add(key);
  }

  #add(key: string): QbSession {
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= SESSIONS_MAX && oldest !== undefined) this.#sessions.delete(oldest);
    const session = new QbSession(this.#table);
    this.#sessions.set(key, session);
    return session;
  }

  #use(key: string): QbSession | undefined {
    const session = this.#sessions.get(key);
    if (session === undefined) return undefined;
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    return session;
  }
}

/** What leaks from memory is no cookie. */
function keyOf(cookie: string): string {
  return createHash("sha256").update(cookie).digest("base64url");
}
