/**
 * Node ids of the DHT (BEP 5): 160 bits, near to each other when their XOR is small. BEP 42 ties the first 21 bits to
 * the node's address, so that who wants to sit next to a target needs many addresses.
 */
import { classifyIp, fromLatin1, parseIp, type Endpoint } from "@torrential/core";

/** Uniform in [0, 1), unpredictable for outsiders. */
export type Random = () => number;

export const ID_LENGTH = 20;
export const ID_BITS = 160;

/** A key for maps: one character a byte. */
export function idKey(id: Uint8Array): string {
  return fromLatin1(id);
}

/** How many leading bits two ids share: 0 to 160. */
export function sharedBits(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < ID_LENGTH; i++) {
    const difference = (a[i] ?? 0) ^ (b[i] ?? 0);
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return ID_BITS;
}

/** Negative when `a` is nearer to `target` than `b`. */
// hot
export function compareDistance(target: Uint8Array, a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < ID_LENGTH; i++) {
    const t = target[i] ?? 0;
    const difference = ((a[i] ?? 0) ^ t) - ((b[i] ?? 0) ^ t);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `length` bytes drawn from `random`. */
export function drawBytes(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = Math.floor(random() * 256);
  return bytes;
}

/** An id with no tie to an address: for a node that does not know its own yet. */
export function drawNodeId(random: Random): Uint8Array {
  return drawBytes(random, ID_LENGTH);
}

/** An id that shares exactly `bits` leading bits with `id`: a target inside one bucket. */
export function drawIdInBucket(id: Uint8Array, bits: number, random: Random): Uint8Array {
  const drawn = drawBytes(random, ID_LENGTH);
  const whole = Math.min(bits, ID_BITS - 1);
  for (let bit = 0; bit <= whole; bit++) {
    const mask = 0x80 >>> (bit & 7);
    const at = bit >>> 3;
    const wanted = bit === whole ? ~(id[at] ?? 0) & mask : (id[at] ?? 0) & mask;
    drawn[at] = ((drawn[at] ?? 0) & ~mask) | wanted;
  }
  return drawn;
}

/** BEP 42: an id for a node at this address. */
export function makeNodeId(address: string, random: Random): Uint8Array {
  const id = drawNodeId(random);
  const crc = addressChecksum(address, (id[19] ?? 0) & 7);
  id[0] = crc >>> 24;
  id[1] = (crc >>> 16) & 0xff;
  id[2] = ((crc >>> 8) & 0xf8) | ((id[2] ?? 0) & 7);
  return id;
}

/** BEP 42: whether an id fits the address; nodes of local networks need not prove theirs. */
export function isIdOfAddress(id: Uint8Array, address: string): boolean {
  if (isLocalAddress(address)) return true;
  const crc = addressChecksum(address, (id[19] ?? 0) & 7);
  return id[0] === crc >>> 24 && id[1] === ((crc >>> 16) & 0xff) && ((id[2] ?? 0) & 0xf8) === ((crc >>> 8) & 0xf8);
}

/** Whether an address is of no use to the world: loopback, private and the like. */
export function isLocalAddress(address: string): boolean {
  return classifyIp(address) !== "public";
}

// BEP 42, "Node ID restriction": the bits of each octet that count.
const MASK_V4: readonly number[] = [0x03, 0x0f, 0x3f, 0xff];
const MASK_V6: readonly number[] = [0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff];

function addressChecksum(address: string, salt: number): number {
  const bytes = parseIp(address) ?? new Uint8Array(4);
  const mask = bytes.length === 4 ? MASK_V4 : MASK_V6;
  const masked = Uint8Array.from(mask, (bits, i) => (bytes[i] ?? 0) & bits);
  masked[0] = (masked[0] ?? 0) | (salt << 5);
  return crc32c(masked);
}

// Castagnoli's polynomial, reflected.
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32C (RFC 3720, appendix B.4), unsigned. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC32C_TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Whose neighbourhood an endpoint is in. Who owns a network can fill it with nodes, so networks count, not nodes. */
export interface Networks {
  /** IPv4 /24, IPv6 /64. */
  readonly near: string;
  /** IPv4 /16, IPv6 /48. */
  readonly wide: string;
}

/** Local endpoints are a network each: there, a few machines are all there is. */
export function networksOf(endpoint: Endpoint): Networks {
  const { address, family, port } = endpoint;
  if (isLocalAddress(address)) {
    const whole = `${address} ${port}`;
    return { near: whole, wide: whole };
  }
  if (family === 4) {
    const near = address.slice(0, address.lastIndexOf("."));
    return { near, wide: near.slice(0, near.lastIndexOf(".")) };
  }
  const bytes = parseIp(address) ?? new Uint8Array(16);
  return { near: fromLatin1(bytes.subarray(0, 8)), wide: fromLatin1(bytes.subarray(0, 6)) };
}
