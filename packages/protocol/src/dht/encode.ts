/** KRPC to bytes (BEP 5). */
import { type BInput, decodeBencode, encodeBencode, encodeCompactPeers, type Endpoint } from "@torrential/core";
import type { DhtQuery, Want } from "./messages.ts";

/** BEP 5: two letters of BEP 20 and two bytes of version. */
const VERSION = Uint8Array.of(0x54, 0x4f, 0, 1);

export interface QueryEnvelope {
  readonly transaction: Uint8Array;
  /** Ours, 20 bytes. */
  readonly id: Uint8Array;
  readonly readOnly: boolean;
}

export function encodeQuery({ transaction, id, readOnly }: QueryEnvelope, query: DhtQuery): Uint8Array {
  const name = query.method === "unknown" ? query.name : query.method;
  const ro = readOnly ? { ro: 1 } : {};
  return encodeBencode({ t: transaction, y: "q", q: name, a: { id, ...encodeArguments(query) }, v: VERSION, ...ro });
}

/** `r` with its id; `to` is told where we see it (BEP 42). */
export function encodeAnswer(
  envelope: { readonly transaction: Uint8Array; readonly to: Endpoint },
  r: { readonly [key: string]: BInput | undefined },
): Uint8Array {
  const ip = encodeCompactPeers([envelope.to], envelope.to.family);
  return encodeBencode({ t: envelope.transaction, y: "r", r, v: VERSION, ip });
}

export function encodeError(
  envelope: { readonly transaction: Uint8Array; readonly to: Endpoint },
  code: number,
  message: string,
): Uint8Array {
  const ip = encodeCompactPeers([envelope.to], envelope.to.family);
  return encodeBencode({ t: envelope.transaction, y: "e", e: [code, message], v: VERSION, ip });
}

function encodeArguments(query: DhtQuery): { readonly [key: string]: BInput | undefined } {
  switch (query.method) {
    case "ping":
      return {};
    case "find_node":
    case "sample_infohashes":
      return { target: query.target, want: encodeWant(query.want) };
    case "get":
      return { target: query.target, want: encodeWant(query.want), seq: query.seq };
    case "get_peers":
      return {
        info_hash: query.infoHash,
        want: encodeWant(query.want),
        noseed: query.noSeed ? 1 : undefined,
        scrape: query.scrape ? 1 : undefined,
      };
    case "announce_peer":
      return {
        info_hash: query.infoHash,
        port: query.port,
        implied_port: query.impliedPort ? 1 : 0,
        token: query.token,
        seed: query.seed ? 1 : undefined,
      };
    case "put":
      return {
        token: query.token,
        v: decodeBencode(query.value),
        k: query.publicKey,
        sig: query.signature,
        salt: query.salt === undefined || query.salt.length === 0 ? undefined : query.salt,
        seq: query.seq,
        cas: query.cas,
      };
    case "unknown":
      return { target: query.target, want: encodeWant(query.want) };
  }
}

function encodeWant({ n4, n6 }: Want): BInput | undefined {
  return n4 || n6 ? [...(n4 ? ["n4"] : []), ...(n6 ? ["n6"] : [])] : undefined;
}
