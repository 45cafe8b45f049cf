/**
 * Super-seeding on the wire (BEP 16): to peers we look like one that has nothing, tell each of one piece at a time, and
 * serve only what we told. Which piece, is `choker/super-seeding.ts`. Off, everybody may know everything.
 */
import type { Bitfield } from "@torrential/core";
import { SuperSeeder } from "../choker/super-seeding.ts";
import type { Millis, Random } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { Peer } from "./peer.ts";

export interface RevealingOptions {
  readonly pieceCount: number;
  readonly random: Random;
}

export class Revealing {
  readonly #options: RevealingOptions;
  readonly #peers: ReadonlyMap<ConnectionId, Peer>;
  #seeder: SuperSeeder | undefined;

  constructor(options: RevealingOptions, peers: ReadonlyMap<ConnectionId, Peer>) {
    this.#options = options;
    this.#peers = peers;
  }

  get isOn(): boolean {
    return this.#seeder !== undefined;
  }

  /** Off -> on, for a torrent that is whole. Whoever is connected must have been told of nothing, or be gone. */
  begin(): void {
    this.#seeder ??= new SuperSeeder(this.#options);
  }

  /** On -> off: everybody hears of the rest, which BEP 3 lets us say by HAVE at any time, and by nothing else. */
  end(have: Bitfield): void {
    const seeder = this.#seeder;
    this.#seeder = undefined;
    for (const peer of seeder === undefined ? [] : this.#peers.values()) {
      for (let piece = have.nextSet(0); piece >= 0; piece = have.nextSet(piece + 1)) {
        const isNews = seeder?.isRevealed(peer.connection, piece) === false && !peer.picker.pieces.has(piece);
        if (isNews) peer.writer.have(piece);
      }
    }
  }

  add(peer: Peer): void {
    this.#seeder?.addPeer(peer.connection);
    if (peer.fast) peer.writer.haveNone();
  }

  remove(peer: Peer): void {
    this.#seeder?.removePeer(peer.connection);
  }

  /** The peer has this piece. */
  handleHave(peer: Peer, piece: number): void {
    this.#seeder?.handleHave(peer.connection, piece);
  }

  /** The peer said all at once what it has. */
  handlePieces(peer: Peer): void {
    if (this.#seeder === undefined) return;
    const { pieces } = peer.picker;
    for (let piece = pieces.nextSet(0); piece >= 0; piece = pieces.nextSet(piece + 1)) this.handleHave(peer, piece);
  }

  /** Whether the peer was told of the piece. */
  isRevealed(peer: Peer, piece: number): boolean {
    return this.#seeder?.isRevealed(peer.connection, piece) ?? true;
  }

  /** Tells peers what they may know by now. */
  tell(now: Millis): void {
    for (const { peer, piece } of this.#seeder?.takeReveals(now) ?? []) this.#peers.get(peer)?.writer.have(piece);
  }
}
