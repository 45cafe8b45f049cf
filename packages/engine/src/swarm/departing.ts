/**
 * Connections that we are closing. The driver goes on writing what they were given before, so its memory stays in the
 * slab until the driver says that the bytes have left, or that the connection has ended.
 */
import type { ConnectionId } from "../ports/network.ts";
import type { Slab } from "../storage/slab.ts";
import type { SendQueue } from "./send-queue.ts";

export class Departing {
  readonly #slab: Slab;
  readonly #queues = new Map<ConnectionId, SendQueue>();

  constructor(slab: Slab) {
    this.#slab = slab;
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  /** The connection is told to close; its queue was flushed. */
  add(connection: ConnectionId, queue: SendQueue): void {
    this.#queues.set(connection, queue);
  }

  handleTransmitted(connection: ConnectionId, bytes: number): void {
    this.#queues.get(connection)?.handleTransmitted(bytes, this.#slab);
  }

  handleClosed(connection: ConnectionId): void {
    this.#queues.get(connection)?.abandon(this.#slab);
    this.#queues.delete(connection);
  }
}
