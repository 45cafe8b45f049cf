/** Peer exchange (BEP 11), `ut_pex`: whom a peer has connected to and lost since it last said so. */
import {
  BDict,
  type BInput,
  decodeBencode,
  decodeCompactPeers,
  encodeBencode,
  encodeCompactPeers,
  type Endpoint,
} from "@torrential/core";
import { bytesField } from "../fields.ts";
import { PeerError } from "../peer-error.ts";

/** The name under which both sides agree on it (BEP 10). */
export const PEX_EXTENSION = "ut_pex";

/** What is said of a peer that was added; bits as in BEP 11's "added.f". */
export interface PexFlags {
  /** 0x01: prefers encryption. */
  readonly encryption: boolean;
  /** 0x02: seed or upload-only. */
  readonly seed: boolean;
  /** 0x04: speaks uTP. */
  readonly utp: boolean;
  /** 0x08: knows ut_holepunch. */
  readonly holepunch: boolean;
  /** 0x10: was connected to by the sender, so it can be reached. */
  readonly outgoing: boolean;
}

export interface PexPeer {
  readonly endpoint: Endpoint;
  readonly flags: PexFlags;
}

/** Both address families in one list each. */
export interface PexMessage {
  readonly added: readonly PexPeer[];
  readonly dropped: readonly Endpoint[];
}

/** libtorrent: a message of more than 500 kB is no peer exchange. */
const MESSAGE_LENGTH_MAX = 500_000;
const TOKENS_MAX = 1_000;
const DEPTH_MAX = 10;

/** The payload of one extended message. */
export function encodePexMessage(message: PexMessage): Uint8Array {
  const fields: Record<string, BInput> = {};
  for (const family of [4, 6] as const) {
    const suffix = family === 4 ? "" : "6";
    const added = message.added.filter(({ endpoint }) => endpoint.family === family);
    const endpoints = added.map(({ endpoint }) => endpoint);
    fields[`added${suffix}`] = encodeCompactPeers(endpoints, family);
    fields[`added${suffix}.f`] = Uint8Array.from(added, ({ flags }) => flagsToByte(flags));
    fields[`dropped${suffix}`] = encodeCompactPeers(message.dropped, family);
  }
  return encodeBencode(fields);
}

/**
 * Reads the payload of one extended message; how many peers it may name is the caller's to judge. Missing flags count as
 * none. Peers at port 0 are left out.
 * @throws {PeerError} "extended-invalid" when it is no dictionary of compact lists.
 */
export function decodePexMessage(payload: Uint8Array): PexMessage {
  const dict = readDict(payload);
  return {
    added: [...readAdded(dict, 4), ...readAdded(dict, 6)],
    dropped: [...readList(dict, "dropped", 4), ...readList(dict, "dropped6", 6)],
  };
}

function readDict(payload: Uint8Array): BDict {
  if (payload.length > MESSAGE_LENGTH_MAX) throw invalid(`${payload.length} bytes, at most ${MESSAGE_LENGTH_MAX}`);
  try {
    const value = decodeBencode(payload, { lenient: true, maxDepth: DEPTH_MAX, maxTokens: TOKENS_MAX });
    if (value instanceof BDict) return value;
  } catch (cause) {
    throw invalid("it is not bencoded", cause);
  }
  throw invalid("it is no dictionary");
}

function readAdded(dict: BDict, family: 4 | 6): PexPeer[] {
  const suffix = family === 4 ? "" : "6";
  const entryLength = family === 4 ? 6 : 18;
  const bytes = bytesField(dict, `added${suffix}`) ?? NO_BYTES;
  const flags = bytesField(dict, `added${suffix}.f`) ?? NO_BYTES;
  const peers: PexPeer[] = [];
  // One by one: an entry without a port is left out, and flags must not move to the next.
  for (let index = 0; index * entryLength < bytes.length; index++) {
    const entry = bytes.subarray(index * entryLength, (index + 1) * entryLength);
    const [endpoint] = toEndpoints(entry, family);
    if (endpoint !== undefined) peers.push({ endpoint, flags: flagsFromByte(flags[index] ?? 0) });
  }
  return peers;
}

function readList(dict: BDict, key: string, family: 4 | 6): Endpoint[] {
  return toEndpoints(bytesField(dict, key) ?? NO_BYTES, family);
}

function toEndpoints(bytes: Uint8Array, family: 4 | 6): Endpoint[] {
  try {
    return decodeCompactPeers(bytes, family);
  } catch (cause) {
    throw invalid(`a list of IPv${family} peers of ${bytes.length} bytes`, cause);
  }
}

const NO_BYTES = new Uint8Array(0);

function flagsToByte(flags: PexFlags): number {
  const { encryption, seed, utp, holepunch, outgoing } = flags;
  return (
    Number(encryption) | (Number(seed) << 1) | (Number(utp) << 2) | (Number(holepunch) << 3) | (Number(outgoing) << 4)
  );
}

function flagsFromByte(byte: number): PexFlags {
  return {
    encryption: (byte & 0x01) !== 0,
    seed: (byte & 0x02) !== 0,
    utp: (byte & 0x04) !== 0,
    holepunch: (byte & 0x08) !== 0,
    outgoing: (byte & 0x10) !== 0,
  };
}

function invalid(problem: string, cause?: unknown): PeerError {
  return new PeerError("extended-invalid", `peer exchange: ${problem}`, { bep: 11, cause });
}
