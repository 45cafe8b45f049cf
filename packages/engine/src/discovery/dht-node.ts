/** What becomes of a peer's port message (BEP 5): the DHT is told that there may be a node. */
import { makeEndpoint, type Endpoint } from "@torrential/core";
import type { Outlet } from "../outbox.ts";
import type { DhtCommand } from "../ports/dht.ts";

export interface NodeContext {
  readonly usesDht: boolean;
  readonly out: Outlet<DhtCommand>;
}

/** `peer` is where it was said; the node is at the same address (BEP 32). */
export function tellOfNode({ usesDht, out }: NodeContext, peer: Endpoint, port: number): void {
  if (usesDht && port > 0) out.push({ type: "dht-node", endpoint: makeEndpoint(peer.address, port) });
}
