/** Announce and scrape over HTTP (BEP 3, 7, 23, 24, 31, 48): URLs to ask, bodies to read. The request is the driver's. */
import {
  BDict,
  canonicalIp,
  decodeBencode,
  decodeCompactPeers,
  fromLatin1,
  fromUtf8,
  infoHashFromBytes,
  latin1,
  makeEndpoint,
} from "@torrential/core";
import type { BValue, Endpoint, InfoHash } from "@torrential/core";
import { bytesField, intField, textField } from "../fields.ts";
import { TrackerError } from "./types.ts";
import type { AnnounceRequest, AnnounceResponse, ScrapeEntry } from "./types.ts";

/** The longest body that is read, after decompression. */
export const TRACKER_BODY_LENGTH_MAX: number = 1024 * 1024;

const MESSAGE_LENGTH_MAX = 1024;
const TRACKER_ID_LENGTH_MAX = 1024;
const DEPTH_MAX = 10;
/** Two tokens a field: more than 10,000 peers in the long form, or a full scrape of as many. */
const TOKENS_MAX = 100_000;
const INT_MAX = 2 ** 31 - 1;

/**
 * The URL to GET for an announce: `base` as the torrent gives it, passkey and all, with the parameters after it.
 * Throws TrackerError "tracker-invalid" for a base that cannot be sent.
 */
export function buildAnnounceUrl(base: string, request: AnnounceRequest): string {
  const parameters = [
    `info_hash=${escapeBytes(request.infoHash)}`,
    `peer_id=${escapeBytes(request.peerId)}`,
    `port=${request.port}`,
    `uploaded=${request.uploaded}`,
    `downloaded=${request.downloaded}`,
    `left=${request.left}`,
    `numwant=${request.numWant}`,
    `key=${request.key.toString(16).padStart(8, "0")}`,
    "compact=1",
    "no_peer_id=1",
  ];
  if (request.event !== "none") parameters.push(`event=${request.event}`);
  if (request.trackerId !== undefined) parameters.push(`trackerid=${escapeBytes(latin1(request.trackerId))}`);
  if (request.ipv4 !== undefined) parameters.push(`ipv4=${escapeBytes(latin1(request.ipv4))}`);
  if (request.ipv6 !== undefined) parameters.push(`ipv6=${escapeBytes(latin1(request.ipv6))}`);
  return appendQuery(base, parameters);
}

/**
 * The URL to GET for a scrape of torrents by their raw info-hashes, or undefined when the tracker has none: BEP 48 makes
 * it of the announce URL, whose last path element must begin with "announce".
 */
export function buildScrapeUrl(base: string, infoHashes: readonly Uint8Array[]): string | undefined {
  const [, origin = "", path = "", rest = ""] = /^([a-z]+:\/\/[^/?#]*)([^?#]*)(.*)$/is.exec(base) ?? [];
  const element = path.lastIndexOf("/") + 1;
  if (element === 0 || !path.startsWith("announce", element)) return undefined;
  const scrapePath = `${path.slice(0, element)}scrape${path.slice(element + "announce".length)}`;
  const parameters = infoHashes.map((infoHash) => `info_hash=${escapeBytes(infoHash)}`);
  return appendQuery(origin + scrapePath + rest, parameters);
}

/**
 * Reads the body of an announce. Intervals are as the tracker gave them; unreadable peers are left out.
 * @throws {TrackerError} "tracker-failure" with the tracker's own words, or "tracker-invalid".
 */
export function parseAnnounceResponse(body: Uint8Array): AnnounceResponse {
  const dict = decodeBody(body);
  const trackerId = bytesField(dict, "tracker id");
  const externalIp = bytesField(dict, "external ip");
  return {
    intervalSeconds: intField(dict, "interval", 0, INT_MAX) ?? 0,
    minIntervalSeconds: intField(dict, "min interval", 0, INT_MAX),
    trackerId: trackerId === undefined ? undefined : fromLatin1(trackerId.subarray(0, TRACKER_ID_LENGTH_MAX)),
    seeders: intField(dict, "complete", 0, INT_MAX),
    leechers: intField(dict, "incomplete", 0, INT_MAX),
    downloaded: intField(dict, "downloaded", 0, INT_MAX),
    peers: [...readPeers(dict.get("peers"), 4), ...readPeers(dict.get("peers6"), 6)],
    externalIp: externalIp === undefined ? undefined : readExternalIp(externalIp),
    warning: textField(dict, "warning message", MESSAGE_LENGTH_MAX),
  };
}

/**
 * Reads the body of a scrape: what it says of each torrent, by info-hash.
 * @throws {TrackerError} as `parseAnnounceResponse`.
 */
export function parseScrapeResponse(body: Uint8Array): ReadonlyMap<InfoHash, ScrapeEntry> {
  const files = decodeBody(body).get("files");
  if (!(files instanceof BDict)) throw new TrackerError("tracker-invalid", "the scrape response has no files");
  const entries = new Map<InfoHash, ScrapeEntry>();
  for (const [key, value] of files) {
    if (key.length !== 20 || !(value instanceof BDict)) continue;
    entries.set(infoHashFromBytes(latin1(key)), {
      seeders: intField(value, "complete", 0, INT_MAX) ?? 0,
      leechers: intField(value, "incomplete", 0, INT_MAX) ?? 0,
      downloaded: intField(value, "downloaded", 0, INT_MAX) ?? 0,
      downloaders: intField(value, "downloaders", 0, INT_MAX),
    });
  }
  return entries;
}

function decodeBody(body: Uint8Array): BDict {
  if (body.length > TRACKER_BODY_LENGTH_MAX) {
    throw new TrackerError("tracker-invalid", `response of ${body.length} bytes, at most ${TRACKER_BODY_LENGTH_MAX}`);
  }
  let value: BValue;
  try {
    // Trackers are known for keys out of order.
    value = decodeBencode(body, { lenient: true, maxDepth: DEPTH_MAX, maxTokens: TOKENS_MAX });
  } catch (cause) {
    // PROMISES C7: the body is never quoted, it may be that of another server.
    throw new TrackerError("tracker-invalid", `response of ${body.length} bytes is not bencoded`, { cause });
  }
  if (!(value instanceof BDict)) throw new TrackerError("tracker-invalid", "response is no dictionary");
  const reason = textField(value, "failure reason", MESSAGE_LENGTH_MAX);
  if (reason === undefined) return value;
  throw new TrackerError("tracker-failure", reason || "no reason given", { retryInSeconds: readRetryIn(value) });
}

/** BEP 31: minutes, as an integer or (as in its example) as text, or "never". */
function readRetryIn(dict: BDict): number | undefined {
  const text = textField(dict, "retry in", 16);
  if (text === "never") return Infinity;
  const minutes = text === undefined ? intField(dict, "retry in", 1, INT_MAX) : parseMinutes(text);
  return minutes === undefined ? undefined : minutes * 60;
}

function parseMinutes(text: string): number | undefined {
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

/** Compact (BEP 23, `family` decides the form), or a list of dictionaries (BEP 3). */
function readPeers(value: BValue | undefined, family: 4 | 6): Endpoint[] {
  if (value instanceof Uint8Array) {
    const stride = family === 4 ? 6 : 18;
    return decodeCompactPeers(value.subarray(0, value.length - (value.length % stride)), family);
  }
  const peers: Endpoint[] = [];
  if (!Array.isArray(value)) return peers;
  for (const item of value) {
    if (!(item instanceof BDict)) continue;
    const address = canonicalIp(textField(item, "ip", 64) ?? "");
    const port = intField(item, "port", 1, 65_535);
    // BEP 3 allows names too. No tracker in use sends any, and looking them up would let it aim our DNS.
    if (address !== undefined && port !== undefined) peers.push(makeEndpoint(address, port));
  }
  return peers;
}

/** BEP 24 wants 4 or 16 bytes; some trackers send text. */
function readExternalIp(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4 || bytes.length === 16) return canonicalIp(bytes);
  return bytes.length <= 64 ? canonicalIp(fromUtf8(bytes, { lossy: true })) : undefined;
}

/** Adds parameters to a URL without touching what is there; a fragment is dropped. */
function appendQuery(base: string, parameters: readonly string[]): string {
  const bare = base.replace(/#.*$/s, "");
  for (const character of bare) {
    const code = character.codePointAt(0)!;
    if (code >= 0x21 && code !== 0x7f) continue;
    throw new TrackerError("tracker-invalid", `the tracker's URL has a character U+${code.toString(16)}`);
  }
  const hasQuery = bare.includes("?");
  const separator = !hasQuery ? "?" : bare.endsWith("?") || bare.endsWith("&") ? "" : "&";
  return bare + separator + parameters.join("&");
}

/** Each byte that is not unreserved (RFC 3986, 2.3) as %XX. */
function escapeBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    text += /[A-Za-z0-9\-._~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}
