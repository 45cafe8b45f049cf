/**
 * One UDP tracker at one address (BEP 15, BEP 41), for any number of torrents.
 *
 * A request waits for a connection id, is sent, and sent again after 15·2^n seconds until it is answered or its time is
 * up. One connect serves all that wait. Whatever does not carry a transaction id of ours and the action it belongs to is
 * ignored: anyone can send us datagrams. The driver must still drop those that do not come from the tracker's address.
 */
import { assert } from "@torrential/core";
import type { InfoHash } from "@torrential/core";
import { TrackerError } from "./types.ts";
import type { AnnounceRequest, AnnounceResponse, ScrapeEntry } from "./types.ts";
import {
  decodeAnnounced,
  decodeErrorMessage,
  decodeScraped,
  encodeAnnounce,
  encodeConnect,
  encodeScrape,
  UDP_ACTION,
  UDP_SCRAPE_MAX,
} from "./udp-packets.ts";

export interface UdpTrackerOptions {
  /** Family of the tracker's address: it decides the form of the peers. */
  readonly family: 4 | 6;
  /** Path and query of the tracker's URL, see `parseUdpTrackerUrl`. */
  readonly urlData?: string;
  /** When a request fails for want of an answer; 60 s by default. BEP 15 would go on for two hours. */
  readonly giveUpAfterMs?: number;
}

export interface UdpTrackerDeps {
  /** Uniform in [0, 1), unpredictable for outsiders: transaction ids are drawn from it. */
  readonly random: () => number;
}

/** `request` is the number the caller gave; each request ends in exactly one of the last three. */
export type UdpTrackerOutput =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  | { readonly type: "announced"; readonly request: number; readonly response: AnnounceResponse }
  | { readonly type: "scraped"; readonly request: number; readonly entries: ReadonlyMap<InfoHash, ScrapeEntry> }
  | { readonly type: "failed"; readonly request: number; readonly error: TrackerError };

/** What a request is about. */
type Subject =
  | { readonly type: "announce"; readonly announce: AnnounceRequest }
  | { readonly type: "scrape"; readonly infoHashes: readonly Uint8Array[] };

interface Pending {
  readonly request: number;
  readonly subject: Subject;
  readonly transaction: number;
  readonly giveUpAt: number;
  /** How often it was sent; the n of BEP 15. */
  sentCount: number;
  /** When it is due to be sent again; undefined while it waits for a connection id. */
  dueAt: number | undefined;
}

interface Connecting {
  readonly transaction: number;
  sentCount: number;
  dueAt: number;
}

interface Connection {
  /** 8 bytes. */
  readonly id: Uint8Array;
  readonly expiresAt: number;
}

const GIVE_UP_AFTER_MS = 60_000;
/** BEP 15: "If a response is not received after 15 * 2 ^ n seconds", with n up to 8. */
const RETRANSMIT_MS = 15_000;
const RETRANSMIT_DOUBLINGS_MAX = 8;
/** BEP 15: "A client can use a connection ID until one minute after it has received it". */
const CONNECTION_LIFETIME_MS = 60_000;

export class UdpTrackerMachine {
  readonly #family: 4 | 6;
  readonly #urlData: string;
  readonly #giveUpAfterMs: number;
  readonly #random: () => number;
  readonly #outputs: UdpTrackerOutput[] = [];
  #pending: Pending[] = [];
  #connecting: Connecting | undefined = undefined;
  #connection: Connection | undefined = undefined;

  constructor(options: UdpTrackerOptions, deps: UdpTrackerDeps) {
    this.#family = options.family;
    this.#urlData = options.urlData ?? "";
    this.#giveUpAfterMs = options.giveUpAfterMs ?? GIVE_UP_AFTER_MS;
    this.#random = deps.random;
  }

  /** Requests without an answer yet. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Announces; `request` is a number of the caller's that comes back with the outcome. */
  handleAnnounce(request: number, announce: AnnounceRequest, now: number): void {
    this.#add(request, { type: "announce", announce }, now);
  }

  /** Scrapes 1 to 74 torrents, by their raw info-hashes. */
  handleScrape(request: number, infoHashes: readonly Uint8Array[], now: number): void {
    const count = infoHashes.length;
    assert(count >= 1 && count <= UDP_SCRAPE_MAX, `scrape of ${count} torrents, wanted 1 to ${UDP_SCRAPE_MAX}`);
    this.#add(request, { type: "scrape", infoHashes }, now);
  }

  /** Takes a datagram that came from the tracker's address. */
  handleDatagram(bytes: Uint8Array, now: number): void {
    if (bytes.length < 8) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const action = view.getUint32(0);
    const transaction = view.getUint32(4);
    if (this.#connecting?.transaction === transaction) {
      this.#handleConnectAnswer(action, bytes, now);
      return;
    }
    const pending = this.#pending.find((each) => each.transaction === transaction && each.sentCount > 0);
    if (pending !== undefined) this.#handleAnswer(pending, action, bytes);
  }

  poll(): UdpTrackerOutput | undefined {
    return this.#outputs.shift();
  }

  nextTimeout(): number | undefined {
    let next = this.#connecting?.dueAt ?? Infinity;
    for (const pending of this.#pending) next = Math.min(next, pending.giveUpAt, pending.dueAt ?? Infinity);
    return next === Infinity ? undefined : next;
  }

  handleTimeout(now: number): void {
    this.#giveUp(now);
    for (const pending of this.#pending) {
      if (pending.dueAt !== undefined && pending.dueAt <= now) pending.dueAt = undefined;
    }
    if (this.#connecting !== undefined && this.#connecting.dueAt <= now) this.#sendConnect(this.#connecting, now);
    this.#sendWaiting(now);
  }

  #add(request: number, subject: Subject, now: number): void {
    const giveUpAt = now + this.#giveUpAfterMs;
    const transaction = this.#makeTransaction();
    this.#pending.push({ request, subject, transaction, giveUpAt, sentCount: 0, dueAt: undefined });
    this.#sendWaiting(now);
  }

  /** Sends every request that has nothing on its way, or asks for the connection id that this takes. */
  #sendWaiting(now: number): void {
    const waiting = this.#pending.filter((pending) => pending.dueAt === undefined);
    if (waiting.length === 0 || this.#connecting !== undefined) return;
    const connection = this.#connection;
    if (connection !== undefined && now < connection.expiresAt) {
      for (const pending of waiting) this.#send(pending, connection, now);
      return;
    }
    this.#connection = undefined;
    // BEP 15's example goes on doubling when the id expires under an unanswered request.
    const sentCount = Math.min(...waiting.map((pending) => pending.sentCount));
    this.#connecting = { transaction: this.#makeTransaction(), sentCount, dueAt: now };
    this.#sendConnect(this.#connecting, now);
  }

  #sendConnect(connecting: Connecting, now: number): void {
    connecting.dueAt = now + retransmitDelayMs(connecting.sentCount++);
    this.#outputs.push({ type: "send", bytes: encodeConnect(connecting.transaction) });
  }

  #send(pending: Pending, connection: Connection, now: number): void {
    pending.dueAt = now + retransmitDelayMs(pending.sentCount++);
    const { subject, transaction } = pending;
    const bytes =
      subject.type === "announce"
        ? encodeAnnounce(connection.id, transaction, subject.announce, this.#urlData)
        : encodeScrape(connection.id, transaction, subject.infoHashes);
    this.#outputs.push({ type: "send", bytes });
  }

  #handleConnectAnswer(action: number, bytes: Uint8Array, now: number): void {
    if (action === UDP_ACTION.connect && bytes.length >= 16) {
      this.#connecting = undefined;
      this.#connection = { id: bytes.slice(8, 16), expiresAt: now + CONNECTION_LIFETIME_MS };
      this.#sendWaiting(now);
    } else if (action === UDP_ACTION.error) {
      this.#connecting = undefined;
      const waiting = this.#pending.filter((pending) => pending.dueAt === undefined);
      for (const pending of waiting) this.#fail(pending, refusal(bytes));
    }
  }

  #handleAnswer(pending: Pending, action: number, bytes: Uint8Array): void {
    if (action === UDP_ACTION.error) {
      // It may be the connection id that the tracker no longer likes: the next request asks for a new one.
      this.#connection = undefined;
      this.#fail(pending, refusal(bytes));
      return;
    }
    const { request, subject } = pending;
    if (subject.type === "announce" && action === UDP_ACTION.announce) {
      const response = decodeAnnounced(bytes, this.#family);
      if (response !== undefined) this.#finish(pending, { type: "announced", request, response });
    } else if (subject.type === "scrape" && action === UDP_ACTION.scrape) {
      const entries = decodeScraped(bytes, subject.infoHashes);
      if (entries !== undefined) this.#finish(pending, { type: "scraped", request, entries });
    }
  }

  #giveUp(now: number): void {
    const overdue = this.#pending.filter((pending) => pending.giveUpAt <= now);
    for (const pending of overdue) {
      const seconds = Math.round(this.#giveUpAfterMs / 1000);
      this.#fail(pending, new TrackerError("tracker-timeout", `the tracker did not answer within ${seconds} s`));
    }
    if (!this.#pending.some((pending) => pending.dueAt === undefined)) this.#connecting = undefined;
  }

  #fail(pending: Pending, error: TrackerError): void {
    this.#finish(pending, { type: "failed", request: pending.request, error });
  }

  #finish(pending: Pending, output: UdpTrackerOutput): void {
    this.#pending = this.#pending.filter((each) => each !== pending);
    this.#outputs.push(output);
  }

  #makeTransaction(): number {
    let transaction = Math.floor(this.#random() * 0x1_0000_0000);
    while (this.#isTaken(transaction)) transaction = (transaction + 1) >>> 0;
    return transaction;
  }

  #isTaken(transaction: number): boolean {
    if (this.#connecting?.transaction === transaction) return true;
    return this.#pending.some((pending) => pending.transaction === transaction);
  }
}

function retransmitDelayMs(n: number): number {
  return RETRANSMIT_MS * 2 ** Math.min(n, RETRANSMIT_DOUBLINGS_MAX);
}

function refusal(bytes: Uint8Array): TrackerError {
  return new TrackerError("tracker-failure", decodeErrorMessage(bytes));
}
