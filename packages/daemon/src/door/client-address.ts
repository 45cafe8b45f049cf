/** Who is at the other end, through proxies that were named (PROMISES C2). */
import { isIP } from "node:net";
import { canonicalIp, parseIp, unwrapMapped } from "@torrential/core";

/** "10.0.0.0/8", an address, or "unix" for whoever connects to the unix socket. */
export class TrustedProxies {
  readonly #ranges: readonly Range[];
  readonly #trustsUnix: boolean;

  /** Throws RangeError for what is no range. */
  constructor(ranges: readonly string[]) {
    this.#ranges = ranges.filter((range) => range !== "unix").map(parseRange);
    this.#trustsUnix = ranges.includes("unix");
  }

  /** `address` undefined: of a unix socket. */
  has(address: string | undefined): boolean {
    if (address === undefined) return this.#trustsUnix;
    const bytes = parseIp(address);
    return bytes !== undefined && this.#ranges.some((range) => isWithin(unwrapMapped(bytes), range));
  }
}

interface Range {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

function parseRange(text: string): Range {
  const [address = "", bitsText] = text.split("/");
  const parsed = parseIp(address);
  if (parsed === undefined) throw new RangeError(`got ${JSON.stringify(text)}, wanted an address or a range`);
  const bytes = unwrapMapped(parsed);
  const bits = bitsText === undefined ? bytes.length * 8 : /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : Number.NaN;
  if (!(bits <= bytes.length * 8)) throw new RangeError(`got ${JSON.stringify(text)}, wanted an address or a range`);
  return { bytes, bits };
}

function isWithin(address: Uint8Array, { bytes, bits }: Range): boolean {
  if (address.length !== bytes.length) return false;
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = 0xff & (0xff << Math.max(0, 8 - (bits - bit)));
    const at = bit >>> 3;
    if (((address[at] ?? 0) & mask) !== ((bytes[at] ?? 0) & mask)) return false;
  }
  return true;
}

export interface ForwardedHeaders {
  readonly forwardedFor: string | undefined;
  readonly forwardedHost: string | undefined;
  readonly forwardedProto: string | undefined;
}

export interface ClientView {
  /** Canonical; "unix" for a unix socket. */
  readonly address: string;
  /** Of the proxy's header, when a trusted proxy speaks. */
  readonly host: string | undefined;
  readonly isHttps: boolean;
}

/** The rightmost hop that is no trusted proxy: everything left of it was written by whoever liked to. */
export function viewClient(
  socketAddress: string | undefined,
  headers: ForwardedHeaders,
  options: { readonly proxies: TrustedProxies; readonly isTls: boolean },
): ClientView {
  const direct = socketAddress === undefined ? "unix" : (canonicalIp(socketAddress) ?? socketAddress);
  if (!options.proxies.has(socketAddress)) return { address: direct, host: undefined, isHttps: options.isTls };
  const hops = (headers.forwardedFor ?? "").split(",").map((hop) => cleanHop(hop));
  let address = direct;
  for (const hop of hops.toReversed()) {
    if (hop === undefined) break;
    address = hop;
    if (!options.proxies.has(hop)) break;
  }
  const host = headers.forwardedHost?.split(",").at(-1)?.trim().toLowerCase();
  return {
    address,
    host: host === "" ? undefined : host,
    isHttps: options.isTls || headers.forwardedProto?.split(",").at(-1)?.trim() === "https",
  };
}

/** "1.2.3.4", "1.2.3.4:5", "[::1]:5" or "::1". */
function cleanHop(hop: string): string | undefined {
  const text = hop.trim();
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? (isIP(text) === 0 ? text.replace(/:\d+$/, "") : text);
  return canonicalIp(bare);
}

/** What failures are counted by: an IPv6 customer has a /64 at least. */
export function sourceOf(address: string): string {
  const bytes = parseIp(address);
  if (bytes === undefined || bytes.length !== 16) return address;
  return `${canonicalIp(Uint8Array.from(bytes, (byte, index) => (index < 8 ? byte : 0))) ?? address}/64`;
}
