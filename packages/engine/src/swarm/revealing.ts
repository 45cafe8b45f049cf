/**
 * Super-seeding on the wire (BEP 16): to peers we look like one that has nothing, tell each of one piece at a time, and
 * serve only what we told. Which piece, is `choker/super-seeding.ts`.
 */
import { SuperSeeder } from "../choker/super-seeding.ts";
import type { Millis, Random } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { Peer } from "./peer.ts";

export class Revealing {
  readonly #seeder: SuperSeeder;
  readonly #peers: ReadonlyMap<ConnectionId, Peer>;

  constructor(
    options: { readonly pieceCount: number; readonly random: Random },
    peers: ReadonlyMap<ConnectionId, Peer>,
  ) {
    this.#seeder = new SuperSeeder(options);
    this.#peers = peers;
  }

  add(peer: Peer): void {
    this.#seeder.addPeer(peer.connection);
    if (peer.fast) peer.writer.haveNone();
  }

  remove(peer: Peer): void {
    this.#seeder.removePeer(peer.connection);
  }

  /** The peer has this piece. */
  handleHave(peer: Peer, piece: number): void {
    this.#seeder.handleHave(peer.connection, piece);
  }

  /** The peer said all at once what it has. */
  handlePieces(peer: Peer): void {
    const { pieces } = peer.picker;
    for (let piece = pieces.nextSet(0); piece >= 0; piece = pieces.nextSet(piece + 1)) this.handleHave(peer, piece);
  }

  /** Whether the peer was told of the piece. */
  isRevealed(peer: Peer, piece: number): boolean {
    return this.#seeder.isRevealed(peer.connection, piece);
  }

  nextTimeout(): Millis | undefined {
    return this.#seeder.nextTimeout();
  }

  /** Tells peers what they may know by now. */
  tell(now: Millis): void {
    for (const { peer, piece } of this.#seeder.takeReveals(now)) this.#peers.get(peer)?.writer.have(piece);
  }
}
