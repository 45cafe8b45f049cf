/**
 * Canonical peer priority (BEP 40): both ends of a connection reckon the same number, so that swarms mix and nobody who
 * has many addresses is better off than others. Higher is better.
 */
import { compareBytes, concatBytes, crc32c, type Endpoint, parseIp } from "@torrential/core";

/** Masks to choose from, by how many leading bytes both addresses share at least; the last one leaves all. */
const FIRST_BYTES_UNMASKED: Readonly<Record<4 | 6, number>> = { 4: 2, 6: 6 };

/** `own` is how the peer sees us, of the same family. */
export function peerPriority(own: Endpoint, peer: Endpoint): number {
  const a = parseIp(own.address) ?? NO_BYTES;
  const b = parseIp(peer.address) ?? NO_BYTES;
  if (compareBytes(a, b) === 0) return crc32c(concatBytes([portBytes(own), portBytes(peer)].toSorted(compareBytes)));
  const unmasked = countUnmasked(a, b, FIRST_BYTES_UNMASKED[own.family]);
  return crc32c(concatBytes([mask(a, unmasked), mask(b, unmasked)].toSorted(compareBytes)));
}

const NO_BYTES = new Uint8Array(0);

/** IPv4: FF.FF.55.55, in the same /16 FF.FF.FF.55, in the same /24 all; IPv6 from a /48 on, byte by byte. */
function countUnmasked(a: Uint8Array, b: Uint8Array, first: number): number {
  let unmasked = first;
  while (unmasked < a.length && compareBytes(a.subarray(0, unmasked), b.subarray(0, unmasked)) === 0) unmasked += 1;
  return unmasked;
}

function mask(address: Uint8Array, unmasked: number): Uint8Array {
  return address.map((byte, index) => (index < unmasked ? byte : byte & 0x55));
}

function portBytes({ port }: Endpoint): Uint8Array {
  return Uint8Array.of(port >>> 8, port & 0xff);
}
