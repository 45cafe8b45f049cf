/** The hash trees of BitTorrent v2 (BEP 52): SHA-256, two children, 16 KiB leaves, missing leaves zero. */
import { sha256 } from "./crypto.ts";
import { assert } from "./errors.ts";

/** Bytes of one hash. */
export const MERKLE_HASH_LENGTH = 32;

/** The root of a subtree of 2^layer leaves that all lie behind the end of the file. */
export function zeroHash(layer: number): Uint8Array {
  let hash: Uint8Array = new Uint8Array(MERKLE_HASH_LENGTH);
  for (let i = 0; i < layer; i++) hash = hashPair(hash, hash);
  return hash;
}

/**
 * The root above one layer of a tree. `hashes` are those nodes of the layer that cover data, 32 bytes each; `layer`
 * counts from the leaves (0). What is missing to a power of two is padded as BEP 52 wants.
 */
export function merkleRoot(hashes: Uint8Array, layer: number): Uint8Array {
  assert(hashes.length > 0 && hashes.length % MERKLE_HASH_LENGTH === 0, `merkle: layer of ${hashes.length} bytes`);
  let nodes = hashes;
  let padding = zeroHash(layer);
  while (nodes.length > MERKLE_HASH_LENGTH) {
    nodes = layerAbove(nodes, padding);
    padding = hashPair(padding, padding);
  }
  return nodes.slice();
}

function layerAbove(nodes: Uint8Array, padding: Uint8Array): Uint8Array {
  const pairLength = 2 * MERKLE_HASH_LENGTH;
  const parents = new Uint8Array(Math.ceil(nodes.length / pairLength) * MERKLE_HASH_LENGTH);
  for (let at = 0, to = 0; at < nodes.length; at += pairLength, to += MERKLE_HASH_LENGTH) {
    const isWhole = at + pairLength <= nodes.length;
    parents.set(isWhole ? sha256(nodes.subarray(at, at + pairLength)) : hashPair(nodes.subarray(at), padding), to);
  }
  return parents;
}

function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array {
  const pair = new Uint8Array(2 * MERKLE_HASH_LENGTH);
  pair.set(left);
  pair.set(right, MERKLE_HASH_LENGTH);
  return sha256(pair);
}
