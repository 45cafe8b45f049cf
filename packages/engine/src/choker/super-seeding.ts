/** BEP 16: a seed that looks like a peer with nothing, and tells each peer of one rare piece at a time. */
import type { Random } from "../ports/machine.ts";

/** Tell `peer` that we have `piece` (send HAVE). */
export interface Reveal {
  readonly peer: number;
  readonly piece: number;
}

export class SuperSeeder {
  constructor(_options: { readonly pieceCount: number; readonly random: Random }) {}

  /** A peer whose bitfield is not known yet: gets its first piece at the next `takeReveals`. */
  addPeer(_peer: number): void {}

  removePeer(_peer: number): void {}

  /** The peer said it has the piece: by have, bitfield or have-all (then once per piece). */
  handleHave(_peer: number, _piece: number): void {}

  /** Whether the peer may ask for blocks of this piece; others are rejected. */
  isRevealed(_peer: number, _piece: number): boolean {
    return false;
  }

  /** HAVEs to send now; call after every input. */
  takeReveals(): readonly Reveal[] {
    return [];
  }
}
