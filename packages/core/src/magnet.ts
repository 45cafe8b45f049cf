/**
 * Magnet links (BEP 9, 52, 53). A link must name one torrent; whatever else in it cannot be used is left out, since
 * links are passed around by hand and by programs that know other keys.
 */
import { fromBase32, fromUtf8, utf8 } from "./bytes.ts";
import { formatEndpoint, makeEndpoint, parseHostPort } from "./endpoint.ts";
import { TorrentialError } from "./errors.ts";
import {
  type InfoHash,
  type InfoHashV2,
  infoHashFromBytes,
  infoHashV2Bytes,
  parseInfoHash,
  parseInfoHashV2,
} from "./ids.ts";
import { parseIp } from "./ip-address.ts";
import { cleanSeeds, cleanTiers } from "./metainfo/outer.ts";

/** A run of file indexes, ends included (BEP 53). */
export interface FileRange {
  readonly first: number;
  readonly last: number;
}

/** What a magnet link says. At least one info-hash is there. */
export interface Magnet {
  readonly infoHashV1: InfoHash | undefined;
  readonly infoHashV2: InfoHashV2 | undefined;
  /** For display until the info dictionary is there: one line, not a path. */
  readonly name: string | undefined;
  /** Each tracker in a tier of its own, in order. */
  readonly trackers: readonly (readonly string[])[];
  readonly webSeeds: readonly string[];
  /** "xs": where the torrent file itself may be had. Not fetched without asking: any URL may stand here. */
  readonly exactSources: readonly string[];
  /** "as": as "xs", second choice. */
  readonly acceptableSources: readonly string[];
  /** "x.pe": peers as "host:port", not resolved. */
  readonly peers: readonly string[];
  /** BEP 53: files to download; undefined means all. */
  readonly selectOnly: readonly FileRange[] | undefined;
}

// Far above any real link, far below what would take noticeable time.
const MAGNET_LENGTH_MAX = 1024 * 1024;
const FILE_INDEX_MAX = 2 ** 31 - 1;

/** Reads a magnet link. Throws "magnet-invalid" when it is none, or names no torrent or two of one kind. */
export function parseMagnet(uri: string): Magnet {
  const text = uri.trim();
  if (text.length > MAGNET_LENGTH_MAX) throw invalid(`got ${text.length} characters, at most ${MAGNET_LENGTH_MAX}`);
  if (!/^magnet:\?/i.test(text)) {
    throw invalid(`got ${JSON.stringify(text.slice(0, 40))}, wanted a link that starts with "magnet:?"`);
  }
  const fields = readFields(text.slice("magnet:?".length));
  const hashes = readHashes(fields.get("xt") ?? []);
  const trackers = cleanTiers((fields.get("tr") ?? []).map((url) => [url]));
  return {
    ...hashes,
    name: readName(fields.get("dn")?.[0]),
    trackers,
    webSeeds: cleanSeeds(fields.get("ws") ?? []),
    exactSources: unique(fields.get("xs") ?? []),
    acceptableSources: unique(fields.get("as") ?? []),
    peers: unique((fields.get("x.pe") ?? []).map(cleanPeer)),
    selectOnly: readRanges(fields.get("so") ?? []),
  };
}

/** A link that `parseMagnet` reads back to the same. */
export function formatMagnet(magnet: Magnet): string {
  const fields: string[] = [];
  const add = (key: string, value: string): void => {
    fields.push(`${key}=${encodeURIComponent(value.toWellFormed())}`);
  };
  if (magnet.infoHashV1 !== undefined) fields.push(`xt=urn:btih:${magnet.infoHashV1}`);
  if (magnet.infoHashV2 !== undefined) fields.push(`xt=urn:btmh:${MULTIHASH_SHA256}${magnet.infoHashV2}`);
  if (magnet.name !== undefined) add("dn", magnet.name);
  for (const url of magnet.trackers.flat()) add("tr", url);
  for (const url of magnet.webSeeds) add("ws", url);
  for (const url of magnet.exactSources) add("xs", url);
  for (const url of magnet.acceptableSources) add("as", url);
  for (const peer of magnet.peers) add("x.pe", peer);
  if (magnet.selectOnly !== undefined) fields.push(`so=${magnet.selectOnly.map(formatRange).join(",")}`);
  return `magnet:?${fields.join("&")}`;
}

/** The info-hash by which peers are found: v1's where there is one, else v2's cut to 20 bytes (BEP 52). */
export function magnetInfoHash(magnet: Pick<Magnet, "infoHashV1" | "infoHashV2">): InfoHash {
  const { infoHashV1, infoHashV2 } = magnet;
  if (infoHashV1 !== undefined) return infoHashV1;
  if (infoHashV2 === undefined) throw invalid("it names no torrent");
  return infoHashFromBytes(infoHashV2Bytes(infoHashV2).subarray(0, 20));
}

/** All info-hashes that a torrent can go by among peers: v1's, and v2's cut to 20 bytes, which a link to v2 alone has. */
export function swarmHashes({
  infoHashV1,
  infoHashV2,
}: Pick<Magnet, "infoHashV1" | "infoHashV2">): readonly InfoHash[] {
  const v1 = infoHashV1 === undefined ? [] : [infoHashV1];
  return infoHashV2 === undefined ? v1 : [...v1, magnetInfoHash({ infoHashV1: undefined, infoHashV2 })];
}

/** BEP 53: a priority for each of `fileCount` files, 4 or 0; undefined when all are meant, or none that there is. */
export function selectedPriorities(
  selectOnly: readonly FileRange[] | undefined,
  fileCount: number,
): readonly number[] | undefined {
  if (selectOnly === undefined) return undefined;
  const isSelected = (file: number): boolean => selectOnly.some(({ first, last }) => first <= file && file <= last);
  const priorities = Array.from({ length: fileCount }, (_, file) => (isSelected(file) ? 4 : 0));
  return priorities.includes(4) ? priorities : undefined;
}

// Multihash: function 0x12 (SHA-256), length 0x20.
const MULTIHASH_SHA256 = "1220";

function readFields(query: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const part of query.split("&")) {
    const equals = part.indexOf("=");
    if (equals < 0) continue;
    // Links copied from a page's source have "&amp;"; "tr.1" is "tr" numbered.
    const key = part
      .slice(0, equals)
      .toLowerCase()
      .replace(/^amp;/, "")
      .replace(/^(xt|tr|ws|xs|as)\.\d+$/, "$1");
    const raw = part.slice(equals + 1);
    // Forms write a space as "+". A URL has no spaces, and may well have a plus.
    const value = decodePercent(key === "dn" ? raw.replaceAll("+", " ") : raw);
    const values = fields.get(key);
    if (values === undefined) fields.set(key, [value]);
    else values.push(value);
  }
  return fields;
}

// decodeURIComponent throws for what is no UTF-8; here a bad "%" stands for itself, and bad bytes become U+FFFD.
function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  const bytes = utf8(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const escaped = bytes[at] === 0x25 ? String.fromCharCode(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0) : "";
    const isEscape = /^[0-9a-fA-F]{2}$/.test(escaped);
    bytes[length++] = isEscape ? Number.parseInt(escaped, 16) : (bytes[at] ?? 0);
    if (isEscape) at += 2;
  }
  return fromUtf8(bytes.subarray(0, length), { lossy: true });
}

function readHashes(topics: readonly string[]): Pick<Magnet, "infoHashV1" | "infoHashV2"> {
  const v1 = new Set<InfoHash>();
  const v2 = new Set<InfoHashV2>();
  for (const topic of topics) {
    const match = /^urn:(btih|btmh):(.*)$/is.exec(topic);
    if (match === null) continue; // other networks' topics are not ours
    const [, kind = "", digits = ""] = match;
    if (kind.toLowerCase() === "btih") v1.add(readBtih(digits));
    else v2.add(readBtmh(digits));
  }
  if (v1.size > 1 || v2.size > 1) throw invalid("it names two torrents");
  const [infoHashV1] = v1;
  const [infoHashV2] = v2;
  if (infoHashV1 === undefined && infoHashV2 === undefined) throw invalid('wanted "xt=urn:btih:" or "xt=urn:btmh:"');
  return { infoHashV1, infoHashV2 };
}

// BEP 9: 40 hex digits, or 32 base 32 digits as older links have.
function readBtih(digits: string): InfoHash {
  return orInvalid(() => (digits.length === 32 ? infoHashFromBytes(fromBase32(digits)) : parseInfoHash(digits)));
}

function readBtmh(digits: string): InfoHashV2 {
  if (!digits.startsWith(MULTIHASH_SHA256)) {
    throw invalid(`btmh: got ${JSON.stringify(digits.slice(0, 8))}…, wanted ${MULTIHASH_SHA256} (SHA-256, 32 bytes)`);
  }
  return orInvalid(() => parseInfoHashV2(digits.slice(MULTIHASH_SHA256.length)));
}

function orInvalid<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof TorrentialError)
      throw new TorrentialError("magnet-invalid", `magnet: ${cause.message}`, { cause });
    throw cause;
  }
}

// Shown to people: no control characters, no changes of direction, an end.
function readName(raw: string | undefined): string | undefined {
  const name = raw?.replaceAll(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, "").trim();
  if (name === undefined || name === "") return undefined;
  return name.length <= NAME_LENGTH_MAX ? name : name.slice(0, NAME_LENGTH_MAX).toWellFormed().trim();
}

const NAME_LENGTH_MAX = 1024;

function cleanPeer(text: string): string {
  try {
    const { host, port } = parseHostPort(text);
    return parseIp(host) === undefined ? `${host}:${port}` : formatEndpoint(makeEndpoint(host, port));
  } catch (error) {
    if (error instanceof TorrentialError) return "";
    throw error;
  }
}

function readRanges(values: readonly string[]): FileRange[] | undefined {
  const ranges: FileRange[] = [];
  for (const part of values.join(",").split(",")) {
    const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part.trim());
    if (match === null) continue;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first <= last && last <= FILE_INDEX_MAX) ranges.push({ first, last });
  }
  // A choice of nothing is taken for no choice.
  return ranges.length > 0 ? ranges : undefined;
}

function formatRange({ first, last }: FileRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ""))];
}

function invalid(problem: string): TorrentialError {
  return new TorrentialError("magnet-invalid", `magnet: ${problem}`);
}
