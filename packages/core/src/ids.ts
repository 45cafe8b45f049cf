/** The names of torrents and peers. Brands keep them apart; only the functions here make them. */
import { fromHex, toHex } from "./bytes.ts";
import { assert, TorrentialError } from "./errors.ts";

declare const infoHashBrand: unique symbol;
declare const infoHashV2Brand: unique symbol;
declare const peerIdBrand: unique symbol;

/** SHA-1 of an info dictionary (BEP 3): 40 lower-case hex digits. */
export type InfoHash = string & { readonly [infoHashBrand]: true };

/** SHA-256 of an info dictionary (BEP 52): 64 lower-case hex digits. */
export type InfoHashV2 = string & { readonly [infoHashV2Brand]: true };

/** 20 bytes that a peer chose for itself. */
export type PeerId = Uint8Array & { readonly [peerIdBrand]: true };

/** Takes 40 hex digits in either case. Throws "info-hash-invalid". */
export function parseInfoHash(hex: string): InfoHash {
  return checkHex(hex, 40) as InfoHash;
}

/** Takes 20 bytes. Throws "info-hash-invalid". */
export function infoHashFromBytes(bytes: Uint8Array): InfoHash {
  return checkHex(toHex(bytes), 40) as InfoHash;
}

/** The 20 bytes of a v1 info-hash, fresh. */
export function infoHashBytes(infoHash: InfoHash): Uint8Array {
  return fromHex(infoHash);
}

/** Takes 64 hex digits in either case. Throws "info-hash-invalid". */
export function parseInfoHashV2(hex: string): InfoHashV2 {
  return checkHex(hex, 64) as InfoHashV2;
}

/** Takes 32 bytes. Throws "info-hash-invalid". */
export function infoHashV2FromBytes(bytes: Uint8Array): InfoHashV2 {
  return checkHex(toHex(bytes), 64) as InfoHashV2;
}

/** The 32 bytes of a v2 info-hash, fresh. Its first 20 stand for it in handshakes and announces (BEP 52). */
export function infoHashV2Bytes(infoHash: InfoHashV2): Uint8Array {
  return fromHex(infoHash);
}

function checkHex(hex: string, digits: number): string {
  if (hex.length !== digits || !/^[0-9a-fA-F]*$/.test(hex)) {
    const got = hex.length > 80 ? `${hex.length} characters` : JSON.stringify(hex);
    throw new TorrentialError("info-hash-invalid", `info-hash: got ${got}, wanted ${digits} hex digits`);
  }
  return hex.toLowerCase();
}

/** A peer id from a client prefix such as "-TO0100-" and 12 random bytes. */
export function makePeerId(clientPrefix: string, random: Uint8Array): PeerId {
  assert(/^-[A-Za-z]{2}[0-9A-Za-z]{4}-$/.test(clientPrefix), `peer id: prefix ${JSON.stringify(clientPrefix)}`);
  assert(random.length === 12, `peer id: got ${random.length} random bytes, wanted 12`);
  const id = new Uint8Array(20);
  for (let i = 0; i < 8; i++) id[i] = clientPrefix.charCodeAt(i);
  id.set(random, 8);
  return id as PeerId;
}

/** Copies 20 bytes off the wire. Throws "peer-id-invalid" for any other length. */
export function peerIdFromBytes(bytes: Uint8Array): PeerId {
  if (bytes.length !== 20) {
    throw new TorrentialError("peer-id-invalid", `peer id: got ${bytes.length} bytes, wanted 20`);
  }
  return bytes.slice() as PeerId;
}
