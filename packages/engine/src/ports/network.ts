/**
 * What the engine asks of a network of byte streams (TCP today, uTP later), and what it is told of it.
 * A connection is a number that the driver or the engine picks from one shared counter and that is never reused.
 */
import type { Endpoint } from "@torrential/core";

export type ConnectionId = number;

/** What carries a connection. Every driver there is speaks TCP. */
export type Transport = "tcp" | "utp";

export type NetworkCommand =
  | { readonly type: "connect"; readonly connection: ConnectionId; readonly endpoint: Endpoint }
  /**
   * Writes `chunks` in order. They may be views of the slab: they must stay untouched until the driver answers
   * `handleTransmitted(connection, bytes)` with the bytes that left.
   */
  | {
      readonly type: "transmit";
      readonly connection: ConnectionId;
      readonly chunks: readonly Uint8Array[];
      readonly byteLength: number;
    }
  | { readonly type: "pause-reading"; readonly connection: ConnectionId }
  | { readonly type: "resume-reading"; readonly connection: ConnectionId }
  /** Closes after what was transmitted has left, within a second; answered by `handleClosed` like any other close. */
  | { readonly type: "close"; readonly connection: ConnectionId };

/** Why a connection ended, as the driver saw it. */
export type CloseReason = "ended" | "refused" | "timeout" | "reset" | "unreachable" | "local" | "error";
