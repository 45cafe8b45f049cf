/** The extension handshake (BEP 10): what else a peer can do, and under which ids it wants to be told. */
import { BDict, canonicalIp, decodeBencode, encodeBencode, parseIp } from "@torrential/core";
import type { BInput, BValue } from "@torrential/core";
import { bytesField, intField, textField } from "../fields.ts";
import { PeerError } from "../peer-error.ts";
import { EXTENDED_HANDSHAKE_LENGTH_MAX } from "./messages.ts";

/** Every field may be absent; a peer may send several handshakes, each with what has changed. */
export interface ExtendedHandshake {
  /** `m`: name of an extension to the id its sender wants it under; 0 switches it off. */
  readonly extensions: ReadonlyMap<string, number>;
  /** `p`: where the sender listens. */
  readonly port: number | undefined;
  /** `v`: name and version of the client. Free text from the network. */
  readonly client: string | undefined;
  /** `yourip`: the receiver's address as the sender sees it. */
  readonly yourIp: string | undefined;
  /** The sender's other addresses. */
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
  /** `reqq`: how many requests the sender queues before it drops any. */
  readonly requestQueue: number | undefined;
  /** `metadata_size` (BEP 9), in bytes; not held against any limit here. */
  readonly metadataLengthBytes: number | undefined;
  /** `upload_only` (BEP 21): not interested in downloading anything. */
  readonly uploadOnly: boolean | undefined;
  /** `complete_ago` (libtorrent): since when the sender has been a seed; negative when it is none. */
  readonly completeAgoSeconds: number | undefined;
}

/** PROMISES C9: what a peer may make us parse. */
const DEPTH_MAX = 10;
const TOKENS_MAX = 10_000;
const CLIENT_LENGTH_MAX = 128;
/** Extensions there are: a few dozen. Names beyond are of no use to us. */
const EXTENSIONS_MAX = 128;
const EXTENSION_NAME_LENGTH_MAX = 64;
const INT_MAX = 2 ** 31 - 1;

/** The payload of extended message 0. Undefined fields are left out. */
export function encodeExtendedHandshake(handshake: Partial<ExtendedHandshake>): Uint8Array {
  const fields: Record<string, BInput | undefined> = {
    m: handshake.extensions ?? new Map(),
    p: handshake.port,
    v: handshake.client,
    yourip: ipBytes(handshake.yourIp),
    ipv4: ipBytes(handshake.ipv4),
    ipv6: ipBytes(handshake.ipv6),
    reqq: handshake.requestQueue,
    metadata_size: handshake.metadataLengthBytes,
    upload_only: handshake.uploadOnly === undefined ? undefined : Number(handshake.uploadOnly),
    complete_ago: handshake.completeAgoSeconds,
  };
  return encodeBencode(fields);
}

/**
 * Reads the payload of extended message 0; nothing of it is kept. Fields of the wrong type count as absent.
 * @throws {PeerError} "extended-invalid" when it is no dictionary.
 */
export function decodeExtendedHandshake(payload: Uint8Array): ExtendedHandshake {
  const dict = decodeDict(payload);
  const uploadOnly = intField(dict, "upload_only", -INT_MAX, INT_MAX);
  return {
    extensions: readExtensions(dict.get("m")),
    port: intField(dict, "p", 1, 65_535),
    client: textField(dict, "v", CLIENT_LENGTH_MAX),
    yourIp: readIp(dict, "yourip", [4, 16]),
    ipv4: readIp(dict, "ipv4", [4]),
    ipv6: readIp(dict, "ipv6", [16]),
    requestQueue: intField(dict, "reqq", 1, INT_MAX),
    metadataLengthBytes: intField(dict, "metadata_size", 1, INT_MAX),
    uploadOnly: uploadOnly === undefined ? undefined : uploadOnly !== 0,
    completeAgoSeconds: intField(dict, "complete_ago", -INT_MAX, INT_MAX),
  };
}

function decodeDict(payload: Uint8Array): BDict {
  const options = {
    lenient: true, // Old clients do not sort.
    maxDepth: DEPTH_MAX,
    maxTokens: TOKENS_MAX,
    maxBytes: EXTENDED_HANDSHAKE_LENGTH_MAX,
  };
  let value: BValue;
  try {
    value = decodeBencode(payload, options);
  } catch (cause) {
    throw new PeerError("extended-invalid", "the extension handshake is not bencoded", { bep: 10, cause });
  }
  if (value instanceof BDict) return value;
  throw new PeerError("extended-invalid", "the extension handshake is no dictionary", { bep: 10 });
}

function readExtensions(value: BValue | undefined): ReadonlyMap<string, number> {
  const extensions = new Map<string, number>();
  if (!(value instanceof BDict)) return extensions;
  for (const name of value.keys()) {
    const id = intField(value, name, 0, 255);
    if (id !== undefined && name.length <= EXTENSION_NAME_LENGTH_MAX) extensions.set(name, id);
    if (extensions.size === EXTENSIONS_MAX) break;
  }
  return extensions;
}

function readIp(dict: BDict, key: string, lengths: readonly number[]): string | undefined {
  const bytes = bytesField(dict, key);
  return bytes !== undefined && lengths.includes(bytes.length) ? canonicalIp(bytes) : undefined;
}

function ipBytes(address: string | undefined): Uint8Array | undefined {
  return address === undefined ? undefined : parseIp(address);
}
