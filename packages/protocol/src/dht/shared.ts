/** What the sockets of one DHT node share: stores, the budget, who may be spoken to. */
import type { Contact } from "./contact.ts";
import type { ItemStore } from "./item-store.ts";
import type { Random } from "./node-id.ts";
import type { PeerStore } from "./peer-store.ts";
import type { SendBudget } from "./rate.ts";

export interface KademliaShared {
  readonly random: Random;
  readonly budget: SendBudget;
  readonly peers: PeerStore;
  readonly items: ItemStore;
  /** BEP 43. */
  readonly isReadOnly: boolean;
  /** Loopback, private and link-local addresses may be nodes and peers. */
  readonly allowsLocal: boolean;
  readonly hasBothFamilies: boolean;
  /** Of our sockets. */
  readonly port: number;
  /** Good nodes of any of our tables of a family, the nearest first. */
  readonly closest: (target: Uint8Array, family: 4 | 6) => readonly Contact[];
}
