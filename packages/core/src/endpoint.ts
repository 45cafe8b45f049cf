/** Where a peer is: address and port, their text, and the compact forms of BEP 5, 7, 11 and 23. */
import { TorrentialError } from "./errors.ts";
import { canonicalIp, parseIp } from "./ip-address.ts";

/** An address and a port; equal endpoints have equal fields. Only the functions of this file should make them. */
export interface Endpoint {
  /** Canonical IP literal, no brackets; v4-mapped addresses are written as IPv4. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
  readonly family: 4 | 6;
}

/** A name or IP literal and a port, not resolved. */
export interface HostPort {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Checks and canonicalises. Throws "endpoint-invalid" for what is no IP literal, or a port outside 1 to 65535. */
export function makeEndpoint(address: string | Uint8Array, port: number): Endpoint {
  const canonical = canonicalIp(address);
  if (canonical === undefined) {
    const got = typeof address === "string" ? JSON.stringify(address.slice(0, 64)) : `${address.length} bytes`;
    throw new TorrentialError("endpoint-invalid", `endpoint: got address ${got}, wanted an IP address`);
  }
  if (!isPort(port)) throw new TorrentialError("endpoint-invalid", `endpoint: got port ${port}, wanted 1 to 65535`);
  return { address: canonical, port, family: canonical.includes(":") ? 6 : 4 };
}

/** Takes "1.2.3.4:5" or "[::1]:5". Throws "endpoint-invalid". */
export function parseEndpoint(text: string): Endpoint {
  const { host, port } = parseHostPort(text);
  return makeEndpoint(host, port);
}

/** Takes "name:5", "1.2.3.4:5" or "[::1]:5". Throws "endpoint-invalid"; the name is checked for form only. */
export function parseHostPort(text: string): HostPort {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const [, bracketed, bare, digits] = match ?? [];
  const host = bracketed ?? bare ?? "";
  const port = Number(digits);
  const isHost = bracketed === undefined ? isHostName(host) : parseIp(host)?.length === 16;
  if (match === null || !isHost || !isPort(port)) {
    throw new TorrentialError(
      "endpoint-invalid",
      `endpoint: got ${JSON.stringify(text.slice(0, 80))}, wanted host:port or [IPv6]:port`,
    );
  }
  return { host, port };
}

// RFC 1123 letters plus "_", which real trackers use; beyond ASCII a name must come in its punycode form.
function isHostName(host: string): boolean {
  return host.length <= 253 && /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/.test(host) && !host.includes("..");
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** "1.2.3.4:5" or "[::1]:5". */
export function formatEndpoint(endpoint: Endpoint): string {
  return endpoint.family === 6 ? `[${endpoint.address}]:${endpoint.port}` : `${endpoint.address}:${endpoint.port}`;
}

/**
 * An address, or an address and a port, in the one form that is compared: "1.2.3.4", "::1", "1.2.3.4:5", "[::1]:5".
 * Throws "endpoint-invalid".
 */
export function peerKey(text: string): string {
  return canonicalIp(text.replace(/^\[([^\]]*)\]$/, "$1")) ?? formatEndpoint(parseEndpoint(text));
}

/** "name:5", "1.2.3.4:5" or "[::1]:5". */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A key for maps: equal exactly for equal endpoints. */
export function endpointKey(endpoint: Endpoint): string {
  return formatEndpoint(endpoint);
}

/**
 * Reads 6 bytes (IPv4) or 18 bytes (IPv6) per peer. Entries with port 0 are dropped: nobody can listen there.
 * Throws "endpoint-invalid" when the length is not a whole number of entries.
 */
export function decodeCompactPeers(bytes: Uint8Array, family: 4 | 6): Endpoint[] {
  const addressLength = family === 4 ? 4 : 16;
  const entryLength = addressLength + 2;
  if (bytes.length % entryLength !== 0) {
    throw new TorrentialError(
      "endpoint-invalid",
      `compact IPv${family} peers: got ${bytes.length} bytes, wanted a multiple of ${entryLength}`,
    );
  }
  const endpoints: Endpoint[] = [];
  for (let at = 0; at < bytes.length; at += entryLength) {
    const portAt = at + addressLength;
    const port = (bytes[portAt] ?? 0) * 256 + (bytes[portAt + 1] ?? 0);
    if (port !== 0) endpoints.push(makeEndpoint(bytes.subarray(at, portAt), port));
  }
  return endpoints;
}

/** The compact form of those endpoints that are of `family`; the others are left out. */
export function encodeCompactPeers(endpoints: readonly Endpoint[], family: 4 | 6): Uint8Array {
  const chosen = endpoints.filter((endpoint) => endpoint.family === family);
  const entryLength = (family === 4 ? 4 : 16) + 2;
  const bytes = new Uint8Array(chosen.length * entryLength);
  for (const [i, endpoint] of chosen.entries()) {
    const at = i * entryLength;
    bytes.set(parseIp(endpoint.address) ?? [], at);
    bytes[at + entryLength - 2] = endpoint.port >>> 8;
    bytes[at + entryLength - 1] = endpoint.port & 0xff;
  }
  return bytes;
}
