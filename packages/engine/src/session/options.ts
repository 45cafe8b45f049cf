/** What a session is made with. */
import type { PeerId } from "@torrential/core";
import type { RateLimits } from "../bandwidth/limit-strategy.ts";
import type { Millis, Random } from "../ports/machine.ts";

export interface SessionOptions {
  readonly peerId: PeerId;
  readonly random: Random;
  readonly slabBudgetBytes?: number;
  /** Connections in all, those that still shake hands too; 500 by default (PROMISES, limits). */
  readonly connectionsMax?: number | undefined;
  /** Peers of a torrent that has no number of its own; 100 by default. */
  readonly peersMax?: number | undefined;
  /** Defaults of the whole session. */
  readonly limits?: RateLimits;
  /** Address families that trackers are announced to over; both by default. */
  readonly families?: readonly (4 | 6)[];
  /** The driver runs a DHT node, at the port that we listen at. */
  readonly dht?: boolean;
  /**
   * Seeds that nobody is connected to may give up their metadata: the driver answers the output `wake` with it. Default
   * false.
   */
  readonly dormancy?: boolean;
  readonly now: Millis;
}
