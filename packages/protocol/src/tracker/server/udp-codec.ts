/** The datagrams of BEP 15 from a tracker's side, with the URL data of BEP 41. All numbers are big-endian. */
import { concatBytes, encodeCompactPeers, fromUtf8, infoHashFromBytes, utf8 } from "@torrential/core";
import type { AnnounceEvent, ScrapeEntry } from "../types.ts";
import { UDP_ACTION } from "../udp-packets.ts";
import type { AnnounceAnswer } from "./http-answers.ts";
import type { IncomingRequest } from "./requests.ts";

/** What every datagram of a client begins with. */
export interface UdpHead {
  /** 8 bytes. */
  readonly connection: Uint8Array;
  readonly action: number;
  readonly transaction: number;
}

const PROTOCOL_ID_HIGH = 0x417;
const PROTOCOL_ID_LOW = 0x27101980;
const EVENTS: readonly AnnounceEvent[] = ["none", "completed", "started", "stopped"];
const URL_DATA_LENGTH_MAX = 2_048;
const URL_DATA = 2;
const NOP = 1;

/** Undefined for what is too short. */
export function decodeUdpHead(bytes: Uint8Array): UdpHead | undefined {
  if (bytes.length < 16) return undefined;
  const view = viewOf(bytes);
  return { connection: bytes.subarray(0, 8), action: view.getUint32(8), transaction: view.getUint32(12) };
}

/** BEP 15's magic constant instead of a connection id. */
export function isConnect(bytes: Uint8Array, { action }: UdpHead): boolean {
  const view = viewOf(bytes);
  return (
    action === UDP_ACTION.connect && view.getUint32(0) === PROTOCOL_ID_HIGH && view.getUint32(4) === PROTOCOL_ID_LOW
  );
}

/** Reads an announce or a scrape; undefined for what is none. */
export function decodeUdpRequest(bytes: Uint8Array, { action }: UdpHead): IncomingRequest | undefined {
  if (action === UDP_ACTION.scrape) return decodeScrape(bytes);
  if (action !== UDP_ACTION.announce || bytes.length < 98) return undefined;
  const view = viewOf(bytes);
  const left = view.getBigUint64(64);
  const numWant = view.getInt32(92);
  const port = view.getUint16(96);
  if (port === 0) return undefined;
  return {
    type: "announce",
    infoHash: infoHashFromBytes(bytes.slice(16, 36)),
    peerId: bytes.slice(36, 56),
    port,
    left: left > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(left),
    event: EVENTS[view.getUint32(80)] ?? "none",
    numWant: numWant < 0 ? undefined : numWant,
    isCompact: true,
    noPeerId: true,
    urlData: decodeUrlData(bytes.subarray(98)),
  };
}

function decodeScrape(bytes: Uint8Array): IncomingRequest | undefined {
  const count = Math.floor((bytes.length - 16) / 20);
  if (count < 1 || count > 74) return undefined;
  const infoHashes = Array.from({ length: count }, (_, i) => infoHashFromBytes(bytes.slice(16 + 20 * i, 36 + 20 * i)));
  return { type: "scrape", infoHashes };
}

/** BEP 41: runs of option 2, joined; what comes after an unknown option of no known length is not read. */
function decodeUrlData(options: Uint8Array): string {
  const runs: Uint8Array[] = [];
  let length = 0;
  for (let at = 0; at < options.length;) {
    const type = options[at++];
    if (type === NOP) continue;
    const size = options[at++];
    if (type === 0 || size === undefined || at + size > options.length) break;
    if (type === URL_DATA) runs.push(options.subarray(at, at + size));
    at += size;
    length += size;
    if (length > URL_DATA_LENGTH_MAX) return "";
  }
  return fromUtf8(concatBytes(runs), { lossy: true });
}

export function encodeConnected(transaction: number, connection: Uint8Array): Uint8Array {
  return concatBytes([encodeHead(UDP_ACTION.connect, transaction), connection]);
}

/** Peers of the asker's family only: the form has no place for others. */
export function encodeUdpAnnounced(transaction: number, answer: AnnounceAnswer, family: 4 | 6): Uint8Array {
  const numbers = new Uint8Array(12);
  const view = new DataView(numbers.buffer);
  view.setUint32(0, answer.intervalSeconds);
  view.setUint32(4, answer.entry.leechers);
  view.setUint32(8, answer.entry.seeders);
  const endpoints = answer.peers.map((peer) => peer.endpoint);
  return concatBytes([encodeHead(UDP_ACTION.announce, transaction), numbers, encodeCompactPeers(endpoints, family)]);
}

export function encodeUdpScraped(transaction: number, entries: readonly ScrapeEntry[]): Uint8Array {
  const numbers = new Uint8Array(12 * entries.length);
  const view = new DataView(numbers.buffer);
  for (const [i, { seeders, leechers, downloaded }] of entries.entries()) {
    view.setUint32(12 * i, seeders);
    view.setUint32(12 * i + 4, downloaded);
    view.setUint32(12 * i + 8, leechers);
  }
  return concatBytes([encodeHead(UDP_ACTION.scrape, transaction), numbers]);
}

export function encodeUdpError(transaction: number, message: string): Uint8Array {
  return concatBytes([encodeHead(UDP_ACTION.error, transaction), utf8(message)]);
}

function encodeHead(action: number, transaction: number): Uint8Array {
  const head = new Uint8Array(8);
  const view = new DataView(head.buffer);
  view.setUint32(0, action);
  view.setUint32(4, transaction);
  return head;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
