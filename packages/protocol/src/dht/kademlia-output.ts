/** What a node at one socket does, as data; `DhtNode` carries it out. */
import type { Endpoint } from "@torrential/core";
import type { Contact } from "./contact.ts";
import type { Walk } from "./walk.ts";

/** What a node at one socket does; `send` goes out by that socket. */
export type KademliaOutput =
  | { readonly type: "send"; readonly endpoint: Endpoint; readonly bytes: Uint8Array }
  | { readonly type: "peers"; readonly request: number; readonly peers: readonly Endpoint[] }
  | { readonly type: "walked"; readonly walk: Walk }
  /** BEP 42; once for each network that votes. */
  | { readonly type: "address-vote"; readonly address: string; readonly voter: Endpoint }
  /** The table is poor: endpoints to start from are wanted. */
  | { readonly type: "bootstrap-wanted" }
  /** Nodes of the other family that somebody named. */
  | { readonly type: "foreign"; readonly contacts: readonly Contact[] };
