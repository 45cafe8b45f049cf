/**
 * KRPC from bytes (BEP 5). Under a budget: 4 KiB, depth 10, 2,000 values. Key order is forgiven, since some clients get
 * it wrong; a field of the wrong form counts as absent, and a question without what it needs is a "bad-query".
 */
import {
  BDict,
  decodeBencode,
  decodeCompactPeers,
  type BValue,
  type Endpoint,
  fromUtf8,
  TorrentialError,
} from "@torrential/core";
import { bytesField, intField } from "../fields.ts";
import { BLOOM_LENGTH, BloomFilter } from "./bloom-filter.ts";
import { type Contact, decodeContacts } from "./contact.ts";
import { SALT_LENGTH_MAX, VALUE_LENGTH_MAX } from "./item.ts";
import { type DhtAnswer, type DhtQuery, KRPC_ERROR, type KrpcMessage, type Want } from "./messages.ts";
import { ID_LENGTH } from "./node-id.ts";

/** BEP 32 sends 1,024 at most and asks to be generous in receiving. */
const MESSAGE_LENGTH_MAX = 4096;
const DEPTH_MAX = 10; // PROMISES C9.
const TOKENS_MAX = 2_000;
const TRANSACTION_LENGTH_MAX = 32;
const TOKEN_LENGTH_MAX = 64;
/** Of one answer: who names more fills our list with its own. BEP 5 says 8. */
const NODES_MAX = 20;
/** PROMISES, limits: "DHT: per reply 100". */
const VALUES_MAX = 100;
const SAMPLES_MAX = 100;
const ERROR_TEXT_LENGTH_MAX = 200;

/** Throws a TorrentialError ("bencode-invalid", "bencode-limit", "krpc-invalid") for what is no KRPC at all. */
export function decodeKrpc(bytes: Uint8Array): KrpcMessage {
  const dict = decodeBencode(bytes, {
    maxBytes: MESSAGE_LENGTH_MAX,
    maxDepth: DEPTH_MAX,
    maxTokens: TOKENS_MAX,
    lenient: true,
  });
  if (!(dict instanceof BDict)) throw invalid("it is no dictionary");
  const transaction = bytesField(dict, "t");
  if (transaction === undefined || transaction.length > TRANSACTION_LENGTH_MAX) throw invalid("no transaction id");
  switch (textOf(dict, "y")) {
    case "q":
      return decodeQuery(dict, transaction.slice());
    case "r":
      return { type: "answer", transaction, answer: decodeAnswer(dict), ip: decodeIp(dict) };
    case "e":
      return { type: "error", transaction, ...decodeError(dict) };
    default:
      throw invalid("y is none of q, r, e");
  }
}

function invalid(what: string): TorrentialError {
  return new TorrentialError("krpc-invalid", `KRPC message: ${what}`);
}

function decodeQuery(dict: BDict, transaction: Uint8Array): KrpcMessage {
  const args = dict.get("a");
  const name = textOf(dict, "q");
  const bad = (message: string, code: number = KRPC_ERROR.protocol): KrpcMessage => ({
    type: "bad-query",
    transaction,
    code,
    message,
  });
  if (name === undefined || !(args instanceof BDict)) return bad("no method or arguments");
  const id = idField(args, "id");
  if (id === undefined) return bad("no node id");
  const query = decodeArguments(name, args);
  if (typeof query === "string") return bad(query);
  if (query.method === "put" && query.value.length > VALUE_LENGTH_MAX) return bad("value", KRPC_ERROR.valueTooLong);
  if (query.method === "put" && (query.salt?.length ?? 0) > SALT_LENGTH_MAX) return bad("salt", KRPC_ERROR.saltTooLong);
  return { type: "query", transaction, id: id.slice(), query, readOnly: isSet(dict, "ro") };
}

/** A sentence for the asker when something is missing. */
function decodeArguments(name: string, args: BDict): DhtQuery | string {
  const want = decodeWant(args);
  const target = idField(args, "target")?.slice();
  const infoHash = idField(args, "info_hash")?.slice();
  switch (name) {
    case "ping":
      return { method: "ping" };
    case "find_node":
    case "sample_infohashes":
      return target === undefined ? "no target" : { method: name, target, want };
    case "get":
      return target === undefined ? "no target" : { method: "get", target, want, seq: seqField(args, "seq") };
    case "get_peers":
      if (infoHash === undefined) return "no info_hash";
      return {
        method: "get_peers",
        infoHash,
        want,
        noSeed: isSet(args, "noseed"),
        scrape: isSet(args, "scrape"),
      };
    case "announce_peer":
      return decodeAnnounce(args, infoHash);
    case "put":
      return decodePut(args);
    default:
      return { method: "unknown", name, target: target ?? infoHash, want };
  }
}

function decodeAnnounce(args: BDict, infoHash: Uint8Array | undefined): DhtQuery | string {
  const impliedPort = isSet(args, "implied_port");
  const port = intField(args, "port", 1, 65_535) ?? (impliedPort ? 0 : undefined);
  const token = tokenField(args);
  if (infoHash === undefined || port === undefined || token === undefined) return "no info_hash, port or token";
  return { method: "announce_peer", infoHash, port, impliedPort, token, seed: isSet(args, "seed") };
}

function decodePut(args: BDict): DhtQuery | string {
  const token = tokenField(args);
  const value = args.rawOf("v");
  if (token === undefined || value === undefined) return "no token or v";
  const publicKey = bytesOfLength(args, "k", 32);
  const signature = bytesOfLength(args, "sig", 64);
  const seq = seqField(args, "seq");
  const parts = [publicKey, signature, seq].filter((part) => part !== undefined);
  const isMarked = args.has("k") || args.has("sig") || args.has("seq");
  if (parts.length !== (isMarked ? 3 : 0)) return "k, sig and seq of a mutable item belong together";
  return {
    method: "put",
    token,
    value: value.slice(),
    publicKey: publicKey?.slice(),
    signature: signature?.slice(),
    salt: bytesField(args, "salt")?.slice(),
    seq,
    cas: seqField(args, "cas"),
  };
}

function decodeAnswer(dict: BDict): DhtAnswer {
  const r = dict.get("r");
  if (!(r instanceof BDict)) throw invalid("an answer without r");
  const id = idField(r, "id")?.slice();
  if (id === undefined) throw invalid("an answer without a node id");
  return {
    id,
    nodes: [...contactsField(r, "nodes", 4), ...contactsField(r, "nodes6", 6)],
    token: tokenField(r),
    values: valuesField(r),
    seeds: filterField(r, "BFsd"),
    peers: filterField(r, "BFpe"),
    value: valueField(r),
    publicKey: bytesOfLength(r, "k", 32)?.slice(),
    signature: bytesOfLength(r, "sig", 64)?.slice(),
    seq: seqField(r, "seq"),
    samples: samplesField(r),
    sampleIntervalSeconds: intField(r, "interval", 0, 21_600),
    infoHashCount: intField(r, "num", 0, 2 ** 32),
  };
}

function decodeError(dict: BDict): { readonly code: number; readonly message: string } {
  const e = dict.get("e");
  const [code, text] = Array.isArray(e) ? e : [];
  const message = text instanceof Uint8Array ? fromUtf8(text.subarray(0, ERROR_TEXT_LENGTH_MAX), { lossy: true }) : "";
  return { code: typeof code === "number" ? code : KRPC_ERROR.generic, message };
}

function decodeIp(dict: BDict): Endpoint | undefined {
  const bytes = bytesField(dict, "ip");
  return bytes === undefined ? undefined : decodePeer(bytes);
}

/** One peer in the form of its family; libtorrent leaves out the port of ours in some versions. */
function decodePeer(bytes: Uint8Array): Endpoint | undefined {
  if (bytes.length !== 6 && bytes.length !== 18) return undefined;
  return decodeCompactPeers(bytes, bytes.length === 6 ? 4 : 6)[0];
}

function decodeWant(args: BDict): Want {
  const list = args.get("want");
  const texts = Array.isArray(list) ? list.slice(0, 8).map((each) => asText(each)) : [];
  return { n4: texts.includes("n4"), n6: texts.includes("n6") };
}

// BEP 32: "must be able to properly parse hybrid values lists".
function valuesField(r: BDict): Endpoint[] {
  const list = r.get("values");
  const endpoints: Endpoint[] = [];
  for (const each of Array.isArray(list) ? list.slice(0, VALUES_MAX) : []) {
    const endpoint = each instanceof Uint8Array ? decodePeer(each) : undefined;
    if (endpoint !== undefined) endpoints.push(endpoint);
  }
  return endpoints;
}

function contactsField(r: BDict, key: string, family: 4 | 6): readonly Contact[] {
  const bytes = bytesField(r, key);
  return bytes === undefined ? [] : (decodeContacts(bytes, family, NODES_MAX) ?? []);
}

function filterField(r: BDict, key: string): BloomFilter | undefined {
  const bytes = bytesOfLength(r, key, BLOOM_LENGTH);
  return bytes === undefined ? undefined : new BloomFilter(bytes);
}

function valueField(r: BDict): Uint8Array | undefined {
  const value = r.rawOf("v");
  return value === undefined || value.length > VALUE_LENGTH_MAX ? undefined : value.slice();
}

function samplesField(r: BDict): readonly Uint8Array[] | undefined {
  const bytes = bytesField(r, "samples");
  if (bytes === undefined || bytes.length % ID_LENGTH !== 0) return undefined;
  const count = Math.min(SAMPLES_MAX, bytes.length / ID_LENGTH);
  return Array.from({ length: count }, (_, i) => bytes.slice(i * ID_LENGTH, (i + 1) * ID_LENGTH));
}

function tokenField(dict: BDict): Uint8Array | undefined {
  const token = bytesField(dict, "token");
  return token === undefined || token.length > TOKEN_LENGTH_MAX ? undefined : token.slice();
}

function idField(dict: BDict, key: string): Uint8Array | undefined {
  return bytesOfLength(dict, key, ID_LENGTH);
}

function bytesOfLength(dict: BDict, key: string, length: number): Uint8Array | undefined {
  const bytes = bytesField(dict, key);
  return bytes?.length === length ? bytes : undefined;
}

function seqField(dict: BDict, key: string): number | undefined {
  return intField(dict, key, 0, Number.MAX_SAFE_INTEGER);
}

function isSet(dict: BDict, key: string): boolean {
  return intField(dict, key, 1, Number.MAX_SAFE_INTEGER) !== undefined;
}

function textOf(dict: BDict, key: string): string | undefined {
  const value = dict.get(key);
  return value === undefined ? undefined : asText(value);
}

/** Short ASCII text: names of methods and flags. */
function asText(value: BValue): string | undefined {
  return value instanceof Uint8Array && value.length <= 40 ? fromUtf8(value, { lossy: true }) : undefined;
}
