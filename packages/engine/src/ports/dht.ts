/** What the engine asks of the DHT (BEP 5), and what it is told. Tables, sockets and bootstrapping are the driver's business. */
import type { Endpoint } from "@torrential/core";

export type DhtCommand =
  /**
   * Finds peers of a torrent and announces us as one, at the port we listen at. Answered by any number of
   * `handleDhtPeers(request, peers)`, then by one `handleDhtDone(request, outcome)`.
   */
  | {
      readonly type: "dht-announce";
      readonly request: number;
      /** Raw 20 bytes. */
      readonly infoHash: Uint8Array;
      /** BEP 33: told to the nodes. */
      readonly isSeed: boolean;
    }
  /** The announce is not wanted any more: nothing comes back. */
  | { readonly type: "dht-cancel"; readonly request: number }
  /** A peer says that there is a node at this endpoint (BEP 5, port message). */
  | { readonly type: "dht-node"; readonly endpoint: Endpoint };

export interface DhtOutcome {
  readonly peersFound: number;
  /** Nodes that answered; 0 while the network was not found. */
  readonly nodesAnswered: number;
  /** Nodes that took the announce. */
  readonly nodesTold: number;
}
