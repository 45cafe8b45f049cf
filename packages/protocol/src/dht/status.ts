/** What a DHT node says about itself. */
import type { Kademlia } from "./kademlia.ts";
import type { Reachability } from "./reachability.ts";
import type { TableCounts } from "./routing-table.ts";

export interface DhtSocketStatus {
  readonly family: 4 | 6;
  /** Ours at this socket, 20 bytes. */
  readonly id: Uint8Array;
  readonly nodes: TableCounts;
  readonly reachable: Reachability;
  /** Networks from which strangers asked us things in the last half hour: what `reachable` stands on. */
  readonly strangers: number;
  /** Our address, when enough nodes agree on it, and all that was said of it (BEP 42). */
  readonly externalAddress: string | undefined;
  readonly addressVotes: readonly { readonly address: string; readonly count: number }[];
  readonly questionsWaiting: number;
  readonly walks: number;
  /** Messages of those who sent more than 50 in ten seconds. */
  readonly floodedMessages: number;
  /** About how many nodes there are, by how near our nearest ones are. */
  readonly networkSize: number;
}

export interface DhtStatus {
  readonly sockets: readonly DhtSocketStatus[];
  readonly torrentsStored: number;
  readonly peersStored: number;
  readonly itemsStored: number;
  /** Requests of ours under way. */
  readonly requests: number;
}

export function describeSocket(socket: Kademlia, now: number): DhtSocketStatus {
  const { verdict, strangers } = socket.visitors.verdict(now);
  const { address, votes } = socket.address.tally();
  return {
    family: socket.family,
    id: socket.id,
    nodes: socket.table.counts(now),
    reachable: verdict,
    strangers,
    externalAddress: address,
    addressVotes: votes,
    questionsWaiting: socket.pendingCount,
    walks: socket.walkCount,
    floodedMessages: socket.floodedCount,
    networkSize: socket.table.estimateNetworkSize(),
  };
}
