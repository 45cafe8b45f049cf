/** One call of `pick`, as it is handed from rule to rule. */
import type { Millis } from "../../ports/machine.ts";
import type { PickerPeer } from "../peer.ts";

export interface PickRequest {
  readonly peer: PickerPeer;
  readonly now: Millis;
  readonly canOpen: (piece: number) => boolean;
  /** Pairs (piece, block) go here. */
  readonly out: number[];
  /** Blocks still to pick. */
  left: number;
  /** `canOpen` said no: nothing more is opened in this call. */
  isRefused: boolean;
  /** Fast enough to fetch a whole piece soon, so it takes pieces for itself. */
  readonly takesWholePieces: boolean;
}
