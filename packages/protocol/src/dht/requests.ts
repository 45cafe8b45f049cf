/** What a DHT node can be asked to do, and what comes of it. Plain data. */
import type { Endpoint } from "@torrential/core";
import type { DhtItem } from "./item.ts";

/** An item to put: as it is, or to be signed when its number is known. */
export type PutItem =
  | { readonly type: "item"; readonly item: DhtItem; readonly cas?: number | undefined }
  | {
      readonly type: "sign";
      /** Secret, 32 bytes. */
      readonly seed: Uint8Array;
      readonly salt: Uint8Array;
      readonly value: Uint8Array;
      /** One more than the highest found, when absent. */
      readonly seq?: number | undefined;
      readonly cas?: number | undefined;
    };

/** All targets and info-hashes are 20 bytes. */
export type DhtRequest =
  | { readonly type: "find-node"; readonly target: Uint8Array }
  | {
      readonly type: "get-peers";
      readonly infoHash: Uint8Array;
      /** BEP 33: others than seeds are wanted. */
      readonly noSeed?: boolean;
      /** BEP 33: estimate the swarm's size. */
      readonly scrape?: boolean;
      /** Tell the nearest nodes that we are a peer at this port. */
      readonly announce?: { readonly port: number; readonly isSeed: boolean } | undefined;
    }
  /** `salt` is part of a mutable item's name (BEP 44); needed to check it. */
  | { readonly type: "get"; readonly target: Uint8Array; readonly salt: Uint8Array }
  | { readonly type: "put"; readonly put: PutItem }
  /** BEP 51: info-hashes that the nodes on the way to a target keep. */
  | { readonly type: "sample"; readonly target: Uint8Array };

/** What a request came to, over all sockets that it used. */
export interface DhtReport {
  readonly askedCount: number;
  readonly answeredCount: number;
  /** Steps from us to the farthest of the nearest nodes. */
  readonly hops: number;
  readonly peersFound: number;
  /** The nearest nodes, the nearest first. */
  readonly closest: readonly { readonly id: Uint8Array; readonly endpoint: Endpoint }[];
  /** Nodes that took our announce or item, and those that refused. */
  readonly writtenCount: number;
  readonly writeErrors: readonly { readonly code: number; readonly message: string }[];
  /** The newest valid item that was found; for a put, what was put. */
  readonly item: DhtItem | undefined;
  /** BEP 33's estimates, when any node gave filters. */
  readonly swarm: { readonly seeds: number; readonly peers: number } | undefined;
  /** BEP 51. */
  readonly samples: readonly Uint8Array[];
  /** Info-hashes that the sampled nodes keep in all, as they say. */
  readonly infoHashCount: number;
}
