/** Items that the DHT keeps (BEP 44): immutable ones are named by their hash, mutable ones signed by a key. */
import {
  concatBytes,
  decodeBencode,
  ed25519PublicKey,
  ed25519Sign,
  ed25519Verify,
  encodeBencode,
  equalBytes,
  latin1,
  sha1,
  TorrentialError,
} from "@torrential/core";

/** BEP 44: "encoded size <= 1000". */
export const VALUE_LENGTH_MAX = 1000;
/** BEP 44: "MUST NOT be longer than 64 bytes". */
export const SALT_LENGTH_MAX = 64;
/** Depth of a value; messages hold it two levels down and may have ten. */
const VALUE_DEPTH_MAX = 8;

/** `value` is the bencoded form of anything, up to 1000 bytes, canonical. */
export interface ImmutableItem {
  readonly type: "immutable";
  readonly value: Uint8Array;
}

export interface MutableItem {
  readonly type: "mutable";
  readonly value: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Up to 64 bytes; empty is none. */
  readonly salt: Uint8Array;
  /** 0 to 2^53 - 1. */
  readonly seq: number;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

export type DhtItem = ImmutableItem | MutableItem;

/** The 20 bytes an item is kept under. */
export function targetOfItem(item: DhtItem): Uint8Array {
  return item.type === "immutable" ? sha1(item.value) : mutableTarget(item.publicKey, item.salt);
}

/** The 20 bytes that items of a public key and a salt are kept under. */
export function mutableTarget(publicKey: Uint8Array, salt: Uint8Array): Uint8Array {
  return sha1(concatBytes([publicKey, salt]));
}

/** Signs a value as number `seq` of the key that a 32-byte secret seed stands for. */
export function signItem(options: {
  readonly seed: Uint8Array;
  readonly value: Uint8Array;
  readonly salt?: Uint8Array;
  readonly seq: number;
}): MutableItem {
  const { seed, value, salt = new Uint8Array(), seq } = options;
  const signature = ed25519Sign(seed, signedBytes({ value, salt, seq }));
  return { type: "mutable", value, salt, seq, publicKey: ed25519PublicKey(seed), signature };
}

/** Whether the signature is of this key, salt, number and value. */
export function isSigned(item: MutableItem): boolean {
  return ed25519Verify(item.publicKey, signedBytes(item), item.signature);
}

/** The one form of a value that is hashed and signed. Throws "dht-item-invalid" for what is no bencode in that form. */
export function checkValue(value: Uint8Array): void {
  if (value.length > VALUE_LENGTH_MAX)
    throw new TorrentialError("dht-item-invalid", `item of ${value.length} bytes, wanted ${VALUE_LENGTH_MAX} at most`);
  if (!isCanonical(value)) throw new TorrentialError("dht-item-invalid", "item: its value is no canonical bencode");
}

/** Whether bytes are exactly one bencoded value, keys in order. */
export function isCanonical(value: Uint8Array): boolean {
  try {
    return equalBytes(encodeBencode(decodeBencode(value, { maxDepth: VALUE_DEPTH_MAX, maxTokens: 1000 })), value);
  } catch (error) {
    if (error instanceof TorrentialError) return false;
    throw error;
  }
}

// BEP 44, "Signature Verification": the parts are put together, never cut out of a message.
function signedBytes(item: Pick<MutableItem, "value" | "salt" | "seq">): Uint8Array {
  const { value, salt, seq } = item;
  const parts = [latin1(`3:seqi${seq}e1:v`), value];
  return concatBytes(salt.length === 0 ? parts : [latin1(`4:salt${salt.length}:`), salt, ...parts]);
}
