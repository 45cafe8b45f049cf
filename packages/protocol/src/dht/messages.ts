/** The messages of KRPC (BEP 5) as this program sees them, with the fields of BEP 32, 33, 42, 43, 44 and 51. */
import type { Endpoint } from "@torrential/core";
import type { BloomFilter } from "./bloom-filter.ts";
import type { Contact } from "./contact.ts";

/** Which families' nodes an asker wants (BEP 32); both false when it did not say. */
export interface Want {
  readonly n4: boolean;
  readonly n6: boolean;
}

/** A question and its arguments. All ids are 20 bytes. */
export type DhtQuery =
  | { readonly method: "ping" }
  | { readonly method: "find_node"; readonly target: Uint8Array; readonly want: Want }
  | {
      readonly method: "get_peers";
      readonly infoHash: Uint8Array;
      readonly want: Want;
      /** BEP 33: no seeds, please. */
      readonly noSeed: boolean;
      /** BEP 33: filters, please. */
      readonly scrape: boolean;
    }
  | {
      readonly method: "announce_peer";
      readonly infoHash: Uint8Array;
      readonly port: number;
      readonly impliedPort: boolean;
      readonly token: Uint8Array;
      /** BEP 33. */
      readonly seed: boolean;
    }
  | {
      readonly method: "get";
      readonly target: Uint8Array;
      readonly want: Want;
      /** BEP 44: only what is newer. */
      readonly seq?: number | undefined;
    }
  | {
      readonly method: "put";
      readonly token: Uint8Array;
      /** Bencoded, canonical or refused. */
      readonly value: Uint8Array;
      readonly publicKey?: Uint8Array | undefined;
      readonly signature?: Uint8Array | undefined;
      readonly salt?: Uint8Array | undefined;
      readonly seq?: number | undefined;
      readonly cas?: number | undefined;
    }
  | { readonly method: "sample_infohashes"; readonly target: Uint8Array; readonly want: Want }
  /** What we don't know: with a target it is answered with nodes, as libtorrent's "forward compatibility" asks. */
  | { readonly method: "unknown"; readonly name: string; readonly target: Uint8Array | undefined; readonly want: Want };

/** The fields of an answer, whatever the question was. Absent: not there, or not valid. */
export interface DhtAnswer {
  readonly id: Uint8Array;
  readonly nodes: readonly Contact[];
  readonly token: Uint8Array | undefined;
  readonly values: readonly Endpoint[];
  readonly seeds: BloomFilter | undefined;
  readonly peers: BloomFilter | undefined;
  /** Bencoded, as it came. */
  readonly value: Uint8Array | undefined;
  readonly publicKey: Uint8Array | undefined;
  readonly signature: Uint8Array | undefined;
  readonly seq: number | undefined;
  readonly samples: readonly Uint8Array[] | undefined;
  readonly sampleIntervalSeconds: number | undefined;
  readonly infoHashCount: number | undefined;
}

interface Envelope {
  /** What the answer must carry; up to 32 bytes. */
  readonly transaction: Uint8Array;
}

export interface KrpcQuery extends Envelope {
  readonly type: "query";
  readonly id: Uint8Array;
  readonly query: DhtQuery;
  /** BEP 43: not to be put into a routing table. */
  readonly readOnly: boolean;
}

export type KrpcMessage =
  | KrpcQuery
  /** A question that breaks its rules; answered with an error. */
  | (Envelope & { readonly type: "bad-query"; readonly code: number; readonly message: string })
  | (Envelope & {
      readonly type: "answer";
      readonly answer: DhtAnswer;
      /** BEP 42: our own endpoint, as the sender sees it. */
      readonly ip: Endpoint | undefined;
    })
  | (Envelope & { readonly type: "error"; readonly code: number; readonly message: string });

/** BEP 5 and BEP 44. */
export const KRPC_ERROR = {
  generic: 201,
  server: 202,
  protocol: 203,
  methodUnknown: 204,
  valueTooLong: 205,
  badSignature: 206,
  saltTooLong: 207,
  casMismatch: 301,
  seqTooLow: 302,
} as const;
