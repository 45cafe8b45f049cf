/**
 * Extension messages (BEP 10) by name: each extension is an object, gets an id of ours in the order of its place in the
 * list, and hears of its messages, of peers that know it, and of time. What is not in the list is not answered.
 */
import type { ExtendedHandshake } from "@torrential/protocol";
import type { Millis } from "../ports/machine.ts";
import type { Peer } from "./peer.ts";

export interface PeerExtension {
  /** As in the handshake's `m`: `ut_pex`, `lt_donthave`, ... */
  readonly name: string;
  /** Fields that our extension handshake carries for it. */
  readonly handshakeFields?: () => Partial<ExtendedHandshake>;
  /** A message of this extension; `payload` is valid during the call. Throws PeerError. */
  readonly handleMessage: (peer: Peer, payload: Uint8Array, now: Millis) => void;
  /** The peer said under which id it wants our messages: `send` works from now on. May come again. */
  readonly handleKnown?: (peer: Peer, handshake: ExtendedHandshake, now: Millis) => void;
  readonly handleGone?: (peer: Peer, now: Millis) => void;
  /** Once a second. */
  readonly handleSecond?: (peers: Iterable<Peer>, now: Millis) => void;
}

export class Extensions {
  readonly #extensions: readonly PeerExtension[];
  readonly localIds: ReadonlyMap<string, number>;

  constructor(extensions: readonly PeerExtension[]) {
    this.#extensions = extensions;
    this.localIds = new Map(extensions.map(({ name }, index) => [name, index + 1]));
  }

  handshakeFields(): Partial<ExtendedHandshake> {
    return Object.assign({}, ...this.#extensions.map((each) => each.handshakeFields?.() ?? {}));
  }

  handleHandshake(peer: Peer, handshake: ExtendedHandshake, now: Millis): void {
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
  handleMessage(peer: Peer, message: { readonly id: number; readonly payload: Uint8Array }, now: Millis): void {
    this.#extensions[message.id - 1]?.handleMessage(peer, message.payload, now);
  }

  handleGone(peer: Peer, now: Millis): void {
    for (const extension of this.#extensions) extension.handleGone?.(peer, now);
  }

  handleSecond(peers: Iterable<Peer>, now: Millis): void {
    for (const extension of this.#extensions) extension.handleSecond?.(peers, now);
  }
}
