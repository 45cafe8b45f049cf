/** A connection whose handshake is done. */
import type { Endpoint, PeerId } from "@torrential/core";
import type { ConnectionId, Transport } from "../ports/network.ts";

export interface Arrival {
  readonly connection: ConnectionId;
  readonly endpoint: Endpoint;
  readonly transport: Transport;
  readonly isOutgoing: boolean;
  readonly peerId: PeerId;
  /** Both sides offered BEP 6. */
  readonly fast: boolean;
  /** Both sides offered BEP 10. */
  readonly extended: boolean;
  /** Both sides offered BEP 5: each tells the other where its node is. */
  readonly dht: boolean;
  /** Handshake bytes given to the driver that are not yet reported as sent. */
  readonly unsentBytes: number;
}
