/**
 * The node that we are at one socket, as the parts of Kademlia see it: its id and table, its address as others tell it,
 * whom it speaks to, and what it puts out.
 */
import type { Endpoint } from "@torrential/core";
import type { KademliaOutput } from "./kademlia-output.ts";
import { isLocalAddress, makeNodeId } from "./node-id.ts";
import { OwnAddress, Visitors } from "./reachability.ts";
import { RoutingTable } from "./routing-table.ts";
import type { KademliaShared } from "./shared.ts";

/** Below this the network is not ours yet. */
const SIZE_POOR = 4;
/** Ports below belong to services of systems: whoever names one as a node would point us at them. */
const NODE_PORT_MIN = 1_024;

export class LocalNode {
  readonly family: 4 | 6;
  readonly shared: KademliaShared;
  readonly address: OwnAddress = new OwnAddress();
  readonly visitors: Visitors = new Visitors();
  #table: RoutingTable;
  readonly #outputs: KademliaOutput[] = [];

  /** `id` is 20 bytes. */
  constructor(options: { readonly family: 4 | 6; readonly id: Uint8Array }, shared: KademliaShared) {
    this.family = options.family;
    this.shared = shared;
    this.#table = new RoutingTable(options.id);
  }

  get id(): Uint8Array {
    return this.#table.ownId;
  }

  /** Another one after `moveTo`. */
  get table(): RoutingTable {
    return this.#table;
  }

  get isPoor(): boolean {
    return this.#table.size < SIZE_POOR;
  }

  poll(): KademliaOutput | undefined {
    return this.#outputs.shift();
  }

  put(output: KademliaOutput): void {
    this.#outputs.push(output);
  }

  /** A datagram goes out; the budget was asked before. */
  send(endpoint: Endpoint, bytes: Uint8Array, now: number): void {
    this.visitors.handleSent(endpoint, now);
    this.put({ type: "send", endpoint, bytes });
  }

  /** BEP 42: an id that fits `address`, with the nodes that are known. */
  moveTo(address: string): void {
    const table = new RoutingTable(makeNodeId(address, this.shared.random));
    for (const node of this.#table.nodes()) table.handleAnswer(node, node.lastAnswerAt);
    this.#table = table;
  }

  /** Whether an endpoint may be a node of ours: public unless local ones are allowed, and not we ourselves. */
  isAcceptable(endpoint: Endpoint): boolean {
    if (endpoint.family !== this.family) return false;
    if (isLocalAddress(endpoint.address)) return this.shared.allowsLocal;
    if (endpoint.port < NODE_PORT_MIN) return false;
    return endpoint.address !== this.address.publicAddress || endpoint.port !== this.shared.port;
  }

  /** Who asks may be anywhere; but a public node does not speak with private addresses (PROMISES C7). */
  isListening(endpoint: Endpoint): boolean {
    return this.shared.allowsLocal || !isLocalAddress(endpoint.address);
  }

  isWantedPeer(peer: Endpoint): boolean {
    return this.shared.allowsLocal || !isLocalAddress(peer.address);
  }
}
