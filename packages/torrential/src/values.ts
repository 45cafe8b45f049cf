/** What people write behind options. Each throws a UsageError that says what was wanted. */
import { InvalidArgumentError } from "commander";
import type { SlotCount } from "@torrential/node";
import {
  canonicalIp,
  type HostPort,
  type InfoHash,
  parseHostPort,
  parseInfoHash,
  TorrentialError,
} from "@torrential/core";

/** A mistake on the command line: exit code 2. */
export class UsageError extends TorrentialError<"usage"> {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("usage", message, options);
    this.name = "UsageError";
  }
}

const FACTORS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

/** Bytes per second: "500KB", "2MiB", "1.5MB/s", "800kbit", "65536". K is 1000, Ki is 1024. */
export function parseRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kmgt]i?)?(b|bit|bits)?(?:\/s|ps)?$/i.exec(text.trim());
  const [, digits = "", prefix = "", unit = ""] = match ?? [];
  const isBits = unit.toLowerCase().startsWith("bit");
  const rate = (Number(digits) * (FACTORS[prefix.toLowerCase()] ?? 1)) / (isBits ? 8 : 1);
  if (match === null || !(rate >= 1)) {
    throw new UsageError(`got ${quote(text)}, wanted a rate such as 500KB, 2MiB or 800kbit (a second)`);
  }
  return Math.round(rate);
}

const PIECE_LENGTH_MIN = 16 * 1024;
const PIECE_LENGTH_MAX = 128 * 1024 * 1024;

/** Bytes of a piece: "256KiB", "1M", "262144"; a power of two. Here K is 1024 too, as nobody means another. */
export function parsePieceLength(text: string): number {
  const match = /^(\d+) ?([km])?(?:i?b)?$/i.exec(text.trim());
  const [, digits = "", prefix = ""] = match ?? [];
  const length = Number(digits) * (FACTORS[prefix === "" ? "" : `${prefix.toLowerCase()}i`] ?? 1);
  const isPower = Number.isInteger(Math.log2(length));
  if (match === null || !isPower || length < PIECE_LENGTH_MIN || length > PIECE_LENGTH_MAX) {
    throw new UsageError(`got ${quote(text)}, wanted a power of two from 16KiB to 128MiB`);
  }
  return length;
}

const SECONDS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** Milliseconds: "90" and "90s" are seconds, then "10m", "2h", "1d", "1h30m". */
export function parseDuration(text: string): number {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?) ?(min|[smhd]|$) ?/gy)];
  const length = parts.reduce((sum, [part]) => sum + part.length, 0);
  if (parts.length === 0 || length !== text.trim().length) {
    throw new UsageError(`got ${quote(text)}, wanted a time such as 90s, 10m or 2h`);
  }
  const seconds = parts.reduce((sum, [, digits, unit = ""]) => sum + Number(digits) * (SECONDS[unit] ?? 1), 0);
  return Math.round(seconds * 1000);
}

/** A ratio of uploaded to downloaded: "1", "0.5". */
export function parseRatio(text: string): number {
  if (!/^\d+(?:\.\d+)?$/.test(text.trim())) throw new UsageError(`got ${quote(text)}, wanted a number such as 1.5`);
  return Number(text);
}

/** A share among others, more than 0. */
export function parseWeight(text: string): number {
  const weight = /^\d{1,6}(?:\.\d{1,6})?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(weight > 0)) throw new UsageError(`got ${quote(text)}, wanted a number above 0, such as 2 or 0.5`);
  return weight;
}

/** Peers to serve at once. */
export function parseSlots(text: string): SlotCount {
  if (text === "unlimited" || text === "adaptive") return text;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new UsageError(`got ${quote(text)}, wanted a number such as 8, or unlimited`);
  return Number(text);
}

/** 0 (any) to 65535. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`got ${quote(text)}, wanted 0 to 65535`);
  return port;
}

/** An address of this machine. */
export function parseBindAddress(text: string): string {
  const address = canonicalIp(text.replace(/^\[(.*)\]$/, "$1"));
  if (address === undefined) throw new UsageError(`got ${quote(text)}, wanted an IP address of this machine`);
  return address;
}

/** "host:port" or "[IPv6]:port". */
export function parsePeer(text: string): HostPort {
  try {
    return parseHostPort(text);
  } catch (cause) {
    throw new UsageError(`got ${quote(text)}, wanted HOST:PORT or [IPv6]:PORT`, { cause });
  }
}

/** A number of threads, 1 to 64. */
export function parseThreads(text: string): number {
  const count = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= 1 && count <= 64)) throw new UsageError(`got ${quote(text)}, wanted 1 to 64`);
  return count;
}

/** One tier of trackers: URLs with commas between them. */
export function parseTier(text: string): readonly string[] {
  const urls = text.split(",").map((url) => url.trim());
  for (const url of urls) assertUrl(url, ["http:", "https:", "udp:", "ws:", "wss:"]);
  return urls;
}

export function parseWebSeed(text: string): string {
  assertUrl(text, ["http:", "https:"]);
  return text;
}

function assertUrl(text: string, schemes: readonly string[]): void {
  if (URL.canParse(text) && schemes.includes(new URL(text).protocol)) return;
  throw new UsageError(
    `got ${quote(text)}, wanted a URL that begins with ${schemes.map((it) => `${it}//`).join(", ")}`,
  );
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

/** A whole number from 0 on. */
export function parseCount(text: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count)) return count;
  throw new UsageError(`got ${quote(text)}, wanted a whole number from 0 on`);
}

/** Makes commander's kind of parser out of one of ours. */
export function value<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof UsageError) throw new InvalidArgumentError(`${error.message}.`);
      throw error;
    }
  };
}

/** A text that can come several times. */
export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** What `value` makes, for an option that can come several times. */
export function collectBy<T>(parse: (text: string) => T): (text: string, before: readonly T[]) => readonly T[] {
  const parseValue = value(parse);
  return (text, before) => [...before, parseValue(text)];
}

/** 40 hexadecimal digits, for an option that takes a torrent file or this. */
export function parseInfoHashOption(text: string): InfoHash {
  try {
    return parseInfoHash(text.toLowerCase());
  } catch (cause) {
    throw new UsageError(`got ${quote(text)}, wanted a .torrent file or an info-hash of 40 hexadecimal digits`, {
      cause,
    });
  }
}
