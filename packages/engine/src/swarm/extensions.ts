/**
 * Extension messages (BEP 10) by name: each extension is an object, gets an id of ours in the order of its place in the
 * list, and hears of its messages, of peers that know it, and of time. What is not in the list is not answered; an empty
 * place keeps the ids of those behind it, which peers may have learnt from an earlier list.
 */
import type { Endpoint } from "@torrential/core";
import type { ExtendedHandshake } from "@torrential/protocol";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { Peer } from "./peer.ts";
import type { KnownPeer } from "./peer-list.ts";
import type { SendQueue } from "./send-queue.ts";

/** What an extension may know of a peer, whether its torrent runs or is not even known yet. */
export interface ExtensionPeer {
  readonly connection: ConnectionId;
  readonly endpoint: Endpoint;
  readonly isOutgoing: boolean;
  readonly known: KnownPeer;
  readonly isSeed: boolean;
  readonly send: SendQueue;
  /** The ids under which it wants messages, by name. */
  readonly extensionIds: Map<string, number>;
  sendExtension(name: string, payload: Uint8Array): void;
}

export interface PeerExtension<P extends ExtensionPeer = Peer> {
  /** As in the handshake's `m`: `ut_pex`, `lt_donthave`, ... */
  readonly name: string;
  /** Fields that our extension handshake carries for it. */
  readonly handshakeFields?: () => Partial<ExtendedHandshake>;
  /** A message of this extension; `payload` is valid during the call. Throws PeerError. */
  readonly handleMessage: (peer: P, payload: Uint8Array, now: Millis) => void;
  /** The peer said under which id it wants our messages: `send` works from now on. May come again. */
  readonly handleKnown?: (peer: P, handshake: ExtendedHandshake, now: Millis) => void;
  readonly handleGone?: (peer: P, now: Millis) => void;
  /** Once a second. */
  readonly handleSecond?: (peers: readonly P[], now: Millis) => void;
}

export class Extensions<P extends ExtensionPeer = Peer> {
  readonly #places: readonly (PeerExtension<P> | undefined)[];
  readonly #extensions: readonly PeerExtension<P>[];
  readonly localIds: ReadonlyMap<string, number>;

  constructor(places: readonly (PeerExtension<P> | undefined)[]) {
    this.#places = places;
    this.#extensions = places.filter((each) => each !== undefined);
    this.localIds = new Map(places.flatMap((each, index) => (each === undefined ? [] : [[each.name, index + 1]])));
  }

  handshakeFields(): Partial<ExtendedHandshake> {
    return Object.assign({}, ...this.#extensions.map((each) => each.handshakeFields?.() ?? {}));
  }

  handleHandshake(peer: P, handshake: ExtendedHandshake, now: Millis): void {
    for (const [name, id] of handshake.extensions) {
      // BEP 10: id 0 switches an extension off again.
      if (id === 0) peer.extensionIds.delete(name);
      else peer.extensionIds.set(name, id);
    }
    for (const extension of this.#extensions) {
      if (peer.extensionIds.has(extension.name)) extension.handleKnown?.(peer, handshake, now);
    }
  }

  /** BEP 10: what is not known is not answered. */
  handleMessage(peer: P, message: { readonly id: number; readonly payload: Uint8Array }, now: Millis): void {
    this.#places[message.id - 1]?.handleMessage(peer, message.payload, now);
  }

  handleGone(peer: P, now: Millis): void {
    for (const extension of this.#extensions) extension.handleGone?.(peer, now);
  }

  handleSecond(peers: Iterable<P>, now: Millis): void {
    // A list: what a map gives can be gone through once.
    const all = [...peers];
    for (const extension of this.#extensions) extension.handleSecond?.(all, now);
  }
}
