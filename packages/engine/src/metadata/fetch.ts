/**
 * Gets an info dictionary from peers (BEP 9): whom to ask for which piece, whom to believe, whom to blame.
 *
 * Everybody is asked at once. When what came together has the wrong hash, nobody knows whose piece was wrong; from then
 * on one peer alone is asked for everything, so that a wrong one convicts itself. When the right bytes are known, those
 * who sent others before are found by comparing.
 */
import { type InfoHash, type InfoHashV2, INFO_MAX_BYTES, sha1, sha256, toHex } from "@torrential/core";
import { METADATA_PIECE_LENGTH, type MetadataMessage, metadataPieceLength, PeerError } from "@torrential/protocol";
import type { Millis } from "../ports/machine.ts";
import { Assembly, digestOf, type Testimony } from "./assembly.ts";

/** Requests to one peer: half of what Transmission queues (64), and 512 KiB under way at most. */
const WINDOW = 32;
/** PROMISES, limits: "≤ 1,024 queued requests". */
const REQUESTS_MAX = 1_024;
/** A request that is not answered is another peer's; who left it is not asked for so long. */
const REQUEST_TIMEOUT_MS = 10_000;
const PAUSE_MS = 10_000;
/** While everything is asked for, an idle peer is asked for what others let wait so long. */
const DUPLICATE_AFTER_MS = 2_000;
/** C11: "≥ 2 failures = peer out". */
const FAILURES_MAX = 2;
const TESTIMONIES_MAX = 8_192;

/** What the dictionary must hash to; at least one is there. */
export interface MetadataHashes {
  readonly infoHashV1: InfoHash | undefined;
  readonly infoHashV2: InfoHashV2 | undefined;
}

export interface MetadataRequest {
  readonly peer: number;
  readonly piece: number;
}

/** What a message made of the fetch. `guilty` are peers that sent what is proven wrong. */
export type FetchVerdict =
  | { readonly type: "waiting" }
  | { readonly type: "failed"; readonly guilty: readonly number[] }
  | { readonly type: "passed"; readonly bytes: Uint8Array; readonly guilty: readonly number[] }
  /** It is what one hash says and not what the other says: the link names two torrents. */
  | { readonly type: "contradiction" };

interface Source {
  readonly peer: number;
  readonly lengthBytes: number;
  /** Pieces asked for and not answered, and when. */
  readonly waiting: Map<number, Millis>;
  /** Pieces ever asked for: nothing else may come. */
  readonly asked: Set<number>;
  pausedUntil: Millis;
  failures: number;
}

const WAITING: FetchVerdict = { type: "waiting" };

export class MetadataFetch {
  readonly #hashes: MetadataHashes;
  readonly #sources = new Map<number, Source>();
  #assembly: Assembly | undefined;
  /** After a failure: the only one that is asked. */
  #solo: Source | undefined;
  #isSolo = false;
  #testimonies: Testimony[] = [];
  #isDone = false;

  constructor(hashes: MetadataHashes) {
    this.#hashes = hashes;
  }

  get receivedBytes(): number {
    return this.#assembly?.receivedBytes ?? 0;
  }

  /** Undefined until a peer names it. */
  get totalBytes(): number | undefined {
    return this.#assembly?.lengthBytes;
  }

  /** A peer says how long the metadata is that it has. Throws PeerError for more than anyone may have. */
  handleLength(peer: number, lengthBytes: number): void {
    if (lengthBytes > INFO_MAX_BYTES) {
      throw breach(`metadata of ${lengthBytes} bytes, at most ${INFO_MAX_BYTES} are accepted`);
    }
    const known = this.#sources.get(peer);
    if (known?.lengthBytes === lengthBytes) return;
    if (known !== undefined) throw breach(`metadata of ${lengthBytes} bytes, ${known.lengthBytes} before`);
    const source = { peer, lengthBytes, waiting: new Map(), asked: new Set<number>(), pausedUntil: 0, failures: 0 };
    this.#sources.set(peer, source);
  }

  handleGone(peer: number): void {
    const source = this.#sources.get(peer);
    if (source === undefined) return;
    this.#sources.delete(peer);
    if (this.#solo === source) this.#restart();
  }

  /** Throws PeerError when nobody asked for it or it does not fit. */
  handleMessage(peer: number, message: Exclude<MetadataMessage, { type: "request" }>, now: Millis): FetchVerdict {
    const source = this.#sources.get(peer);
    if (this.#isDone) return WAITING;
    if (source?.asked.has(message.piece) !== true) throw breach(`${message.type} of a piece that was never asked for`);
    if (message.type === "reject") {
      source.waiting.delete(message.piece);
      source.pausedUntil = now + PAUSE_MS;
      if (this.#solo === source) this.#restart();
      return WAITING;
    }
    checkData(message, source);
    source.waiting.delete(message.piece);
    const assembly = this.#assembly;
    // Late, after the fetch went on with another length or another peer: of no use, and no crime.
    if (assembly?.lengthBytes !== source.lengthBytes || (this.#isSolo && this.#solo !== source)) return WAITING;
    assembly.put(message.piece, message.bytes, peer);
    return assembly.isComplete ? this.#judge(assembly) : WAITING;
  }

  /** Gives up requests that are not answered. Call once a second. */
  handleSecond(now: Millis): void {
    for (const source of this.#sources.values()) {
      for (const [piece, at] of source.waiting) {
        if (now - at < REQUEST_TIMEOUT_MS) continue;
        source.waiting.delete(piece);
        source.pausedUntil = now + PAUSE_MS;
      }
    }
    if (this.#solo !== undefined && this.#solo.pausedUntil > now) this.#restart();
  }

  /** What is to be asked now; it counts as asked. */
  takeRequests(now: Millis): readonly MetadataRequest[] {
    if (this.#isDone) return [];
    this.#chooseLength(now);
    const assembly = this.#assembly;
    if (assembly === undefined) return [];
    const able = this.#ableSources(assembly, now);
    const waiting = new Map<number, Millis>();
    for (const source of this.#sources.values()) for (const [piece, at] of source.waiting) waiting.set(piece, at);
    const requests: MetadataRequest[] = [];
    let piece = 0;
    for (const source of able) {
      for (; source.waiting.size < WINDOW && waiting.size < REQUESTS_MAX && piece < assembly.pieceCount; piece++) {
        if (assembly.has(piece) || waiting.has(piece)) continue;
        waiting.set(piece, now);
        requests.push(ask(source, piece, now));
      }
      if (source.waiting.size > 0) continue;
      for (const late of lateOf(waiting, now)
        .filter((each) => !assembly.has(each))
        .slice(0, WINDOW)) {
        requests.push(ask(source, late, now));
      }
    }
    return requests;
  }

  #ableSources(assembly: Assembly, now: Millis): readonly Source[] {
    const able = [...this.#sources.values()].filter(
      (source) => source.lengthBytes === assembly.lengthBytes && source.pausedUntil <= now,
    );
    if (!this.#isSolo) return able;
    this.#solo ??= able.toSorted((a, b) => a.failures - b.failures)[0];
    return this.#solo === undefined ? [] : [this.#solo];
  }

  /** The length that most peers name, the shorter of two; what is under way goes on unless it is outnumbered. */
  #chooseLength(now: Millis): void {
    const votes = new Map<number, number>();
    for (const source of this.#sources.values()) {
      if (source.pausedUntil > now) continue;
      votes.set(source.lengthBytes, (votes.get(source.lengthBytes) ?? 0) + 1);
    }
    const current = this.#assembly?.lengthBytes ?? 0;
    let best = current;
    for (const [lengthBytes, count] of votes) {
      const most = votes.get(best) ?? 0;
      if (count > most || (count === most && best !== current && lengthBytes < best)) best = lengthBytes;
    }
    if (best !== current) this.#begin(best);
  }

  #begin(lengthBytes: number): void {
    this.#assembly = new Assembly(lengthBytes);
    this.#solo = undefined;
    // What was asked may still come, and is still nobody's crime.
    for (const source of this.#sources.values()) source.waiting.clear();
  }

  #restart(): void {
    if (this.#assembly !== undefined) this.#begin(this.#assembly.lengthBytes);
  }

  #judge(assembly: Assembly): FetchVerdict {
    const bytes = assembly.join();
    const { infoHashV1, infoHashV2 } = this.#hashes;
    const passes: boolean[] = [];
    if (infoHashV1 !== undefined) passes.push(toHex(sha1(bytes)) === infoHashV1);
    if (infoHashV2 !== undefined) passes.push(toHex(sha256(bytes)) === infoHashV2);
    if (passes.every((pass) => !pass)) return this.#fail(assembly);
    this.#isDone = true;
    return passes.includes(false) ? { type: "contradiction" } : { type: "passed", bytes, guilty: this.#liars(bytes) };
  }

  #fail(assembly: Assembly): FetchVerdict {
    const senders = [...assembly.senders];
    this.#testimonies = [...this.#testimonies, ...assembly.testimonies()].slice(-TESTIMONIES_MAX);
    const guilty: number[] = [];
    for (const peer of senders) {
      const source = this.#sources.get(peer);
      if (source !== undefined) source.failures += 1;
      if (senders.length === 1 || (source?.failures ?? 0) >= FAILURES_MAX) guilty.push(peer);
    }
    for (const peer of guilty) this.#sources.delete(peer);
    this.#isSolo = true;
    this.#assembly = undefined;
    this.#solo = undefined;
    for (const source of this.#sources.values()) source.waiting.clear();
    return { type: "failed", guilty };
  }

  /** Who sent other bytes than these before, or has metadata of another length. */
  #liars(bytes: Uint8Array): readonly number[] {
    const guilty = new Set<number>();
    for (const { sender, piece, digest } of this.#testimonies) {
      const begin = piece * METADATA_PIECE_LENGTH;
      if (digestOf(bytes.subarray(begin, begin + METADATA_PIECE_LENGTH)) !== digest) guilty.add(sender);
    }
    for (const { peer, lengthBytes } of this.#sources.values()) if (lengthBytes !== bytes.length) guilty.add(peer);
    return [...guilty];
  }
}

function ask(source: Source, piece: number, now: Millis): MetadataRequest {
  source.waiting.set(piece, now);
  source.asked.add(piece);
  return { peer: source.peer, piece };
}

function lateOf(waiting: ReadonlyMap<number, Millis>, now: Millis): readonly number[] {
  return [...waiting].filter(([, at]) => now - at >= DUPLICATE_AFTER_MS).map(([piece]) => piece);
}

function checkData(data: Extract<MetadataMessage, { type: "data" }>, source: Source): void {
  if (data.totalBytes !== source.lengthBytes) {
    throw breach(`data of metadata of ${data.totalBytes} bytes, ${source.lengthBytes} in its handshake`);
  }
  const wanted = metadataPieceLength(source.lengthBytes, data.piece);
  if (data.bytes.length !== wanted) {
    throw breach(`piece ${data.piece} of the metadata has ${data.bytes.length} bytes, wanted ${wanted}`);
  }
}

function breach(problem: string): PeerError {
  return new PeerError("extension-breach", problem, { bep: 9 });
}
