/**
 * What surrounds the info dictionary: trackers, seeds, notes. None of it is needed to download, so a field of the wrong
 * type or a URL that cannot be used is left out and the rest is kept, as libtorrent and Transmission do.
 */
import type { BDict, BValue } from "../bencode/value.ts";
import { fromUtf8, toHex } from "../bytes.ts";
import { type HostPort, parseHostPort } from "../endpoint.ts";
import { TorrentialError } from "../errors.ts";
import { optionalByteStrings, optionalText } from "./fields.ts";
import type { OuterMetainfo } from "./metainfo.ts";

const TRACKER_SCHEMES: readonly string[] = ["http:", "https:", "udp:", "ws:", "wss:"];
const SEED_SCHEMES: readonly string[] = ["http:", "https:"];
const URL_LENGTH_MAX = 4096;
const DATE_MAX_SECONDS = 253_402_300_799; // the end of the year 9999

/** Everything but piece layers, which are checked against the files. */
export function readOuter(dict: BDict): OuterMetainfo {
  return {
    trackers: readTrackers(dict),
    webSeeds: cleanUrls(optionalByteStrings(dict.get("url-list")).map(text), SEED_SCHEMES),
    httpSeeds: cleanUrls(optionalByteStrings(dict.get("httpseeds")).map(text), SEED_SCHEMES),
    nodes: readNodes(dict.get("nodes")),
    comment: optionalText(dict, "comment"),
    createdBy: optionalText(dict, "created by"),
    creationDate: readDate(dict.get("creation date")),
    similar: readSimilar(dict.get("similar")),
    collections: optionalByteStrings(dict.get("collections")).map(text),
  };
}

// BEP 12: announce-list, when it has anything to offer, replaces announce.
function readTrackers(dict: BDict): string[][] {
  const list = dict.get("announce-list");
  const tiers = cleanTiers(Array.isArray(list) ? list.map((tier) => optionalByteStrings(tier).map(text)) : []);
  return tiers.length > 0 ? tiers : cleanTiers([optionalByteStrings(dict.get("announce")).map(text)]);
}

/** Tiers without unusable and repeated URLs, and without what is then empty; order kept. */
export function cleanTiers(tiers: readonly (readonly string[])[]): string[][] {
  const seen = new Set<string>();
  const cleaned: string[][] = [];
  for (const tier of tiers) {
    const urls = cleanUrls(tier, TRACKER_SCHEMES).filter((url) => !seen.has(url));
    for (const url of urls) seen.add(url);
    if (urls.length > 0) cleaned.push(urls);
  }
  return cleaned;
}

/** Web seed URLs without unusable and repeated ones. */
export function cleanSeeds(urls: readonly string[]): string[] {
  return cleanUrls(urls, SEED_SCHEMES);
}

function cleanUrls(urls: readonly string[], schemes: readonly string[]): string[] {
  const cleaned = new Set<string>();
  for (const url of urls) {
    const trimmed = url.trim();
    if (isUsableUrl(trimmed, schemes)) cleaned.add(trimmed);
  }
  return [...cleaned];
}

function isUsableUrl(url: string, schemes: readonly string[]): boolean {
  // The URL parser drops tabs and newlines in silence; what we keep is the text as given.
  if (url === "" || url.length > URL_LENGTH_MAX || /[\p{Cc} ]/u.test(url)) return false;
  const parsed = URL.parse(url);
  return parsed !== null && schemes.includes(parsed.protocol) && parsed.hostname !== "";
}

function readNodes(value: BValue | undefined): HostPort[] {
  if (!Array.isArray(value)) return [];
  const nodes: HostPort[] = [];
  for (const item of value) {
    if (!Array.isArray(item)) continue;
    const [host, port] = item;
    const node = host instanceof Uint8Array && typeof port === "number" ? readNode(text(host), port) : undefined;
    if (node !== undefined) nodes.push(node);
  }
  return nodes;
}

function readNode(host: string, port: number): HostPort | undefined {
  try {
    return parseHostPort(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
  } catch (error) {
    if (error instanceof TorrentialError) return undefined;
    throw error;
  }
}

function readDate(value: BValue | undefined): number | undefined {
  return typeof value === "number" && value > 0 && value <= DATE_MAX_SECONDS ? value : undefined;
}

/** BEP 38: v1 info-hashes as hex; anything that is not 20 bytes is left out. */
export function readSimilar(value: BValue | undefined): string[] {
  const hashes = optionalByteStrings(value).filter((bytes) => bytes.length === 20);
  return [...new Set(hashes.map(toHex))];
}

function text(bytes: Uint8Array): string {
  return fromUtf8(bytes, { lossy: true });
}
