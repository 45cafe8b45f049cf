/** The datagrams of BEP 15, with the URL data of BEP 41. All numbers are big-endian. */
import { concatBytes, decodeCompactPeers, fromUtf8, infoHashFromBytes, parseHostPort, utf8 } from "@torrential/core";
import type { HostPort, InfoHash } from "@torrential/core";
import { TrackerError } from "./types.ts";
import type { AnnounceEvent, AnnounceRequest, AnnounceResponse, ScrapeEntry } from "./types.ts";

/** Action numbers of BEP 15. */
export const UDP_ACTION = { connect: 0, announce: 1, scrape: 2, error: 3 } as const;

/** BEP 15: "Up to about 74 torrents can be scraped at once". */
export const UDP_SCRAPE_MAX = 74;

/** BEP 15, the magic constant of a connect request: 0x41727101980. */
const PROTOCOL_ID = Uint8Array.of(0, 0, 0x04, 0x17, 0x27, 0x10, 0x19, 0x80);

/** BEP 15 has no number for a partial seed's "paused" (BEP 21): it goes as an announce without event. */
const EVENT_NUMBER: Readonly<Record<AnnounceEvent, number>> = {
  none: 0,
  completed: 1,
  started: 2,
  stopped: 3,
  paused: 0,
};

/** Where a UDP tracker is, and the rest of its URL for BEP 41. */
export interface UdpTrackerUrl extends HostPort {
  /** Path and query; "" when there is nothing to say. */
  readonly urlData: string;
}

/** Takes "udp://host:port/path?query". Throws TrackerError "tracker-invalid"; the port must be there. */
export function parseUdpTrackerUrl(url: string): UdpTrackerUrl {
  const match = /^udp:\/\/([^/?#@\s]+)([^#\s]*)(?:#.*)?$/i.exec(url);
  const authority = match?.[1];
  if (authority === undefined) throw new TrackerError("tracker-invalid", "the tracker's URL is not udp://host:port");
  const urlData = match?.[2] ?? "";
  try {
    return { ...parseHostPort(authority), urlData: urlData === "/" ? "" : urlData };
  } catch (cause) {
    throw new TrackerError("tracker-invalid", `UDP tracker ${JSON.stringify(authority)} is not host:port`, { cause });
  }
}

/** 16 bytes. */
export function encodeConnect(transaction: number): Uint8Array {
  return encodeHead(16, PROTOCOL_ID, UDP_ACTION.connect, transaction);
}

/** 98 bytes and the options of BEP 41. `connection` is the tracker's 8 bytes. */
export function encodeAnnounce(
  connection: Uint8Array,
  transaction: number,
  request: AnnounceRequest,
  urlData: string,
): Uint8Array {
  const bytes = encodeHead(98, connection, UDP_ACTION.announce, transaction);
  const view = new DataView(bytes.buffer);
  bytes.set(request.infoHash, 16);
  bytes.set(request.peerId, 36);
  view.setBigUint64(56, BigInt(request.downloaded));
  view.setBigUint64(64, BigInt(request.left));
  view.setBigUint64(72, BigInt(request.uploaded));
  view.setUint32(80, EVENT_NUMBER[request.event]);
  // The address field (84) stays 0, "use the sender's": BEP 7 discourages any other, and most trackers ignore it.
  view.setUint32(88, request.key);
  view.setInt32(92, request.numWant);
  view.setUint16(96, request.port);
  return concatBytes([bytes, ...encodeUrlData(urlData)]);
}

/** `infoHashes` are 1 to 74 times 20 bytes. */
export function encodeScrape(
  connection: Uint8Array,
  transaction: number,
  infoHashes: readonly Uint8Array[],
): Uint8Array {
  return concatBytes([encodeHead(16, connection, UDP_ACTION.scrape, transaction), ...infoHashes]);
}

/** Reads an announce response, or gives undefined when it is too short to be one. */
export function decodeAnnounced(bytes: Uint8Array, family: 4 | 6): AnnounceResponse | undefined {
  if (bytes.length < 20) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stride = family === 4 ? 6 : 18;
  const end = bytes.length - ((bytes.length - 20) % stride);
  return {
    intervalSeconds: view.getUint32(8),
    minIntervalSeconds: undefined,
    trackerId: undefined,
    leechers: view.getUint32(12),
    seeders: view.getUint32(16),
    downloaded: undefined,
    peers: decodeCompactPeers(bytes.subarray(20, end), family),
    externalIp: undefined,
    warning: undefined,
  };
}

/** Reads a scrape response to `infoHashes`, or gives undefined when it is too short for them all. */
export function decodeScraped(
  bytes: Uint8Array,
  infoHashes: readonly Uint8Array[],
): ReadonlyMap<InfoHash, ScrapeEntry> | undefined {
  if (bytes.length < 8 + 12 * infoHashes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<InfoHash, ScrapeEntry>();
  for (const [i, infoHash] of infoHashes.entries()) {
    const at = 8 + 12 * i;
    entries.set(infoHashFromBytes(infoHash), {
      seeders: view.getUint32(at),
      downloaded: view.getUint32(at + 4),
      leechers: view.getUint32(at + 8),
      downloaders: undefined,
    });
  }
  return entries;
}

/** The sentence in an error response. */
export function decodeErrorMessage(bytes: Uint8Array): string {
  const message = fromUtf8(bytes.subarray(8, 8 + 1024), { lossy: true });
  return message.replace(/\0+$/, "") || "no reason given";
}

function encodeHead(
  length: number,
  connection: Uint8Array,
  action: number,
  transaction: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(connection);
  view.setUint32(8, action);
  view.setUint32(12, transaction);
  return bytes;
}

/** BEP 41: option 2, in runs of at most 255 bytes that the tracker joins again. */
function encodeUrlData(urlData: string): Uint8Array[] {
  const data = utf8(urlData);
  const options: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += 255) {
    const run = data.subarray(at, at + 255);
    options.push(Uint8Array.of(2, run.length), run);
  }
  return options;
}
