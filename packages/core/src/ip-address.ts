/**
 * IP addresses as bytes, and what kind of place each one is. Classes are decided on the bytes, never on the text,
 * so that no second spelling of an address slips past a rule.
 */
import { TorrentialError } from "./errors.ts";

/** What an address is, for the rule about where the client may be made to connect. Everything but "public" is special. */
export type IpClass =
  | "loopback"
  | "private"
  | "link-local"
  | "metadata"
  | "multicast"
  | "unspecified"
  | "broadcast"
  | "public";

/** 4 or 16 bytes of an IP literal, or undefined. No brackets, no zone, no octal, no short forms like "127.1". */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

const DOT = 0x2e;
const ZERO = 0x30;

function parseIpv4(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? DOT : text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0 || value > 255 || part > 3) return undefined;
      bytes[part++] = value;
      digits = 0;
      value = 0;
    } else {
      // "010" is 8 to some parsers and 10 to others: refused.
      if (code < ZERO || code > ZERO + 9 || digits === 3 || (digits > 0 && value === 0)) return undefined;
      value = value * 10 + code - ZERO;
      digits += 1;
    }
  }
  return part === 4 ? bytes : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const given = head.length + tail.length;
  if (halves.length === 1 ? given !== 8 : given > 7) return undefined;
  const bytes = new Uint8Array(16);
  const groups = [...head, ...Array.from({ length: 8 - given }, () => 0), ...tail];
  for (const [i, group] of groups.entries()) {
    bytes[2 * i] = group >>> 8;
    bytes[2 * i + 1] = group & 0xff;
  }
  return bytes;
}

// Groups of one side of "::"; the last one may be dotted IPv4, which makes two groups.
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (mayEndInIpv4 && i === parts.length - 1 && part.includes(".")) {
      const ipv4 = parseIpv4(part);
      if (ipv4 === undefined) return undefined;
      const [a = 0, b = 0, c = 0, d = 0] = ipv4;
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

/** The one text of an address: IPv4 dotted, IPv6 as in RFC 5952, v4-mapped unwrapped. Undefined for what is no address. */
export function canonicalIp(address: string | Uint8Array): string | undefined {
  const bytes = typeof address === "string" ? parseIp(address) : address;
  if (bytes === undefined) return undefined;
  const plain = unwrapMapped(bytes);
  if (plain.length === 4) return plain.join(".");
  return plain.length === 16 ? formatIpv6(plain) : undefined;
}

/** The 4 bytes inside ::ffff:0:0/96, else the address itself. */
export function unwrapMapped(bytes: Uint8Array): Uint8Array {
  return bytes.length === 16 && startsWith(bytes, MAPPED_PREFIX) ? bytes.subarray(12) : bytes;
}

const MAPPED_PREFIX: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function formatIpv6(bytes: Uint8Array): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0));
  const run = longestZeroRun(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}

/** What kind of place an address is. Throws "ip-invalid" for what is no address. */
export function classifyIp(address: string | Uint8Array): IpClass {
  const bytes = typeof address === "string" ? parseIp(address) : address;
  if (bytes === undefined || (bytes.length !== 4 && bytes.length !== 16)) {
    const got = typeof address === "string" ? JSON.stringify(address.slice(0, 64)) : `${address.length} bytes`;
    throw new TorrentialError("ip-invalid", `IP address: got ${got}, wanted an IPv4 or IPv6 address`);
  }
  const plain = unwrapMapped(bytes);
  return plain.length === 4 ? classifyIpv4(plain) : classifyIpv6(plain);
}

function classifyIpv4(bytes: Uint8Array): IpClass {
  for (const range of IPV4_RANGES) if (isIn(bytes, range)) return range.class;
  return "public";
}

function classifyIpv6(bytes: Uint8Array): IpClass {
  for (const range of IPV6_RANGES) if (isIn(bytes, range)) return range.class;
  // Addresses that carry an IPv4 address are reached as that address by a translator or relay: judged as it.
  for (const { prefix, at } of IPV4_CARRIERS) {
    if (startsWith(bytes, prefix)) return classifyIpv4(bytes.subarray(at, at + 4));
  }
  return "public";
}

interface IpRange {
  readonly prefix: readonly number[];
  readonly bits: number;
  readonly class: IpClass;
}

// First match wins. RFC 6890 and the cloud vendors' metadata services.
const IPV4_RANGES: readonly IpRange[] = [
  { prefix: [169, 254, 169, 254], bits: 32, class: "metadata" },
  { prefix: [169, 254, 170, 2], bits: 32, class: "metadata" }, // container credentials on AWS
  { prefix: [100, 100, 100, 200], bits: 32, class: "metadata" }, // Alibaba
  { prefix: [192, 0, 0, 192], bits: 32, class: "metadata" }, // Oracle
  { prefix: [255, 255, 255, 255], bits: 32, class: "broadcast" },
  { prefix: [0], bits: 8, class: "unspecified" },
  { prefix: [127], bits: 8, class: "loopback" },
  { prefix: [10], bits: 8, class: "private" },
  { prefix: [100, 64], bits: 10, class: "private" }, // RFC 6598: carriers' shared space
  { prefix: [172, 16], bits: 12, class: "private" },
  { prefix: [192, 168], bits: 16, class: "private" },
  { prefix: [192, 0, 0], bits: 24, class: "private" },
  { prefix: [198, 18], bits: 15, class: "private" }, // RFC 2544: benchmarks
  { prefix: [169, 254], bits: 16, class: "link-local" },
  { prefix: [224], bits: 4, class: "multicast" },
  { prefix: [240], bits: 4, class: "broadcast" }, // RFC 1112: reserved, no host has one
];

const IPV6_RANGES: readonly IpRange[] = [
  { prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], bits: 128, class: "unspecified" },
  { prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], bits: 128, class: "loopback" },
  { prefix: [0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54], bits: 128, class: "metadata" },
  { prefix: [0xfc], bits: 7, class: "private" },
  { prefix: [0xfe, 0xc0], bits: 10, class: "private" }, // RFC 3879: old site-local
  { prefix: [0x00, 0x64, 0xff, 0x9b, 0x00, 0x01], bits: 48, class: "private" }, // RFC 8215: local translators
  { prefix: [0xfe, 0x80], bits: 10, class: "link-local" },
  { prefix: [0xff], bits: 8, class: "multicast" },
];

const IPV4_CARRIERS: readonly { readonly prefix: readonly number[]; readonly at: number }[] = [
  { prefix: [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], at: 12 }, // RFC 6052: NAT64
  { prefix: [0x20, 0x02], at: 2 }, // RFC 3056: 6to4
  { prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0], at: 12 }, // RFC 2765: SIIT
  { prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], at: 12 }, // RFC 4291: IPv4-compatible
];

function isIn(bytes: Uint8Array, range: IpRange): boolean {
  const wholeBytes = range.bits >>> 3;
  for (let i = 0; i < wholeBytes; i++) if (bytes[i] !== (range.prefix[i] ?? 0)) return false;
  const restBits = range.bits & 7;
  if (restBits === 0) return true;
  const mask = 0xff & ~(0xff >>> restBits);
  return ((bytes[wholeBytes] ?? 0) & mask) === ((range.prefix[wholeBytes] ?? 0) & mask);
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}
