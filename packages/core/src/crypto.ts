/** Hashes, checksums, signatures and the fast copy. The one file of core, protocol and engine that imports from Node. */
import { Buffer } from "node:buffer";
import { createHash, createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from "node:crypto";
import { crc32 as zlibCrc32 } from "node:zlib";

/** A hash that is fed in parts. `digest()` ends it. */
export interface IncrementalHash {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** SHA-1, 20 bytes. */
export function sha1(bytes: Uint8Array): Uint8Array {
  return plain(hash("sha1", bytes, "buffer"));
}

/** SHA-256, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return plain(hash("sha256", bytes, "buffer"));
}

// RFC 8410: what stands before the 32 bytes of a private and a public Ed25519 key in DER.
const ED25519_PRIVATE_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const ED25519_PUBLIC_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** The 32-byte Ed25519 public key (RFC 8032) that belongs to a 32-byte secret seed. */
export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  const der = createPublicKey(ed25519PrivateKey(seed)).export({ format: "der", type: "spki" });
  return plain(der.subarray(ED25519_PUBLIC_PREFIX.length));
}

/** A 64-byte Ed25519 signature made with a 32-byte secret seed. */
export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  // RFC 8032: the algorithm hashes by itself, so none is named.
  return plain(sign(undefined, message, ed25519PrivateKey(seed)));
}

/** Whether a 64-byte signature of `message` was made with the secret of a 32-byte public key. False for other lengths. */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const der = Buffer.concat([ED25519_PUBLIC_PREFIX, publicKey]);
  return verify(undefined, message, createPublicKey({ key: der, format: "der", type: "spki" }), signature);
}

function ed25519PrivateKey(seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw new RangeError(`Ed25519 seed: got ${seed.length} bytes, wanted 32`);
  const der = Buffer.concat([ED25519_PRIVATE_PREFIX, seed]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

/** SHA-1 in parts. */
export function createSha1(): IncrementalHash {
  return incremental("sha1");
}

/** SHA-256 in parts. */
export function createSha256(): IncrementalHash {
  return incremental("sha256");
}

/** CRC-32 as in zlib; `seed` continues an earlier checksum. Unsigned. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  return zlibCrc32(bytes, seed);
}

/**
 * Copies `source[start, end)` to `target` from `offset` on. Throws a RangeError when it does not fit.
 *
 * Into shared memory, TypedArray.set goes word by word with atomic stores, Node's copy is one memmove: 2.7 against
 * 11 GB/s with 16 KiB blocks (bench/wire.ts).
 */
// hot
export function copyBytes(target: Uint8Array, offset: number, source: Uint8Array, start: number, end: number): void {
  const count = end - start;
  // Node's copy would quietly shorten what does not fit.
  if (start < 0 || offset < 0 || count < 0 || end > source.length || offset + count > target.length) {
    throw new RangeError(`copy of ${count} bytes leaves its source or target`);
  }
  Buffer.prototype.copy.call(source, target, offset, start, end);
}

function incremental(algorithm: "sha1" | "sha256"): IncrementalHash {
  const state = createHash(algorithm);
  return {
    update(bytes: Uint8Array): void {
      state.update(bytes);
    },
    digest(): Uint8Array {
      return plain(state.digest());
    },
  };
}

// A Buffer's slice() is a view and its toString() differs: callers get the plain type they were promised.
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
