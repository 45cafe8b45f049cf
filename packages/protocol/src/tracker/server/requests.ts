/** What clients ask a tracker over HTTP (BEP 3, 7, 23, 48): the query, read byte by byte under a budget. */
import { type InfoHash, infoHashFromBytes, TorrentialError } from "@torrential/core";
import type { AnnounceEvent } from "../types.ts";

/** An announce as a tracker hears it, over whatever. */
export interface IncomingAnnounce {
  readonly type: "announce";
  readonly infoHash: InfoHash;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  readonly port: number;
  readonly left: number;
  readonly event: AnnounceEvent;
  /** Undefined when the client leaves it to us. */
  readonly numWant: number | undefined;
  /** BEP 23; always true over UDP. */
  readonly isCompact: boolean;
  /** BEP 3: leave the peers' ids out of the long form. */
  readonly noPeerId: boolean;
  /** BEP 41: path and query of the URL, over UDP. */
  readonly urlData: string;
}

export interface IncomingScrape {
  readonly type: "scrape";
  readonly infoHashes: readonly InfoHash[];
}

export type IncomingRequest = IncomingAnnounce | IncomingScrape;

/** Why a request is not served, in words for the client. */
export class TrackerRefusal extends TorrentialError<"tracker-refusal"> {
  /** BEP 31: minutes until it may ask again. */
  readonly retryInMinutes: number | undefined;

  constructor(message: string, options: { readonly retryInMinutes?: number } = {}) {
    super("tracker-refusal", message);
    this.name = "TrackerRefusal";
    this.retryInMinutes = options.retryInMinutes;
  }
}

const TARGET_LENGTH_MAX = 8 * 1024;
const PARAMETERS_MAX = 128;
/** As many as BEP 15 allows in a datagram. */
export const SCRAPE_MAX = 74;
const COUNT_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Reads a request target such as "/announce?info_hash=…". Undefined for a path that is none of a tracker's. Throws
 * TrackerRefusal.
 */
export function parseHttpRequest(target: string): IncomingRequest | undefined {
  if (target.length > TARGET_LENGTH_MAX) throw new TrackerRefusal("the request is too long");
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  if (path !== "/announce" && path !== "/scrape") return undefined;
  const query = new Query(mark < 0 ? "" : target.slice(mark + 1));
  return path === "/announce" ? readAnnounce(query) : readScrape(query);
}

function readAnnounce(query: Query): IncomingAnnounce {
  const peerId = query.bytes("peer_id");
  if (peerId?.length !== 20) throw new TrackerRefusal("peer_id must have 20 bytes");
  const port = query.count("port", 65_535);
  if (port === undefined || port === 0) throw new TrackerRefusal("port must be 1 to 65535");
  return {
    type: "announce",
    infoHash: toInfoHash(query.bytes("info_hash")),
    peerId,
    port,
    left: query.count("left", COUNT_MAX) ?? 1,
    event: toEvent(query.text("event")),
    numWant: query.count("numwant", COUNT_MAX),
    isCompact: query.text("compact") !== "0",
    noPeerId: query.text("no_peer_id") === "1",
    urlData: "",
  };
}

function readScrape(query: Query): IncomingScrape {
  const all = query.all("info_hash");
  if (all.length === 0) throw new TrackerRefusal("a scrape must name its torrents");
  if (all.length > SCRAPE_MAX) throw new TrackerRefusal(`a scrape may name ${SCRAPE_MAX} torrents at most`);
  return { type: "scrape", infoHashes: all.map(toInfoHash) };
}

function toInfoHash(bytes: Uint8Array | undefined): InfoHash {
  if (bytes?.length !== 20) throw new TrackerRefusal("info_hash must have 20 bytes");
  return infoHashFromBytes(bytes);
}

function toEvent(text: string | undefined): AnnounceEvent {
  return text === "started" || text === "stopped" || text === "completed" || text === "paused" ? text : "none";
}

/** The parameters of a query; the first of each name counts. */
class Query {
  readonly #pairs: readonly (readonly [name: string, value: string])[];

  constructor(text: string) {
    const parts = text.split("&", PARAMETERS_MAX + 1);
    if (parts.length > PARAMETERS_MAX) throw new TrackerRefusal("the request has too many parameters");
    this.#pairs = parts.map((part) => {
      const at = part.indexOf("=");
      return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    });
  }

  all(name: string): readonly Uint8Array[] {
    return this.#pairs.filter(([each]) => each === name).map(([, value]) => unescapeBytes(value));
  }

  bytes(name: string): Uint8Array | undefined {
    const found = this.#pairs.find(([each]) => each === name);
    return found === undefined ? undefined : unescapeBytes(found[1]);
  }

  text(name: string): string | undefined {
    return this.#pairs.find(([each]) => each === name)?.[1];
  }

  /** Undefined when it is not there. Clients that don't know a number send -1: that is not there either. */
  count(name: string, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined || text === "" || text === "-1") return undefined;
    const value = /^\d{1,20}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value <= max)) throw new TrackerRefusal(`${name} must be a number from 0 to ${max}`);
    return value;
  }
}

/** %XX and "+" (some clients write spaces so) as bytes. Anything else must be plain ASCII. Throws TrackerRefusal. */
function unescapeBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x25) {
      if (code > 0x7e || code < 0x21) throw new TrackerRefusal("the request has bytes that are not escaped");
      bytes.push(code === 0x2b ? 0x20 : code);
      continue;
    }
    const hex = text.slice(at + 1, at + 3);
    if (!/^[\da-f]{2}$/i.test(hex)) throw new TrackerRefusal("the request has a broken escape");
    bytes.push(Number.parseInt(hex, 16));
    at += 2;
  }
  return Uint8Array.from(bytes);
}
