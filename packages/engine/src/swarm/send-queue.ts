/**
 * What one connection still has to send: control bytes and blocks in order, and the extents that must stay in the slab
 * until the driver says that their bytes have left.
 */
import { type WireWriter } from "@torrential/protocol";
import type { Outlet } from "../outbox.ts";
import type { ConnectionId, NetworkCommand } from "../ports/network.ts";
import type { Extent, Slab } from "../storage/slab.ts";

interface Held {
  /** The connection's running total at which the extent may go. */
  readonly until: number;
  readonly extent: Extent;
}

export class SendQueue {
  readonly #connection: ConnectionId;
  readonly #writer: WireWriter;
  #chunks: Uint8Array[] = [];
  #chunkBytes = 0;
  #queuedTotal: number;
  #sentTotal = 0;
  #held: Held[] = [];

  /** `unsentBytes`: what was handed to the driver before, the handshake, and is not yet reported as sent. */
  constructor(connection: ConnectionId, writer: WireWriter, unsentBytes: number) {
    this.#connection = connection;
    this.#writer = writer;
    this.#queuedTotal = unsentBytes;
  }

  /** Bytes given to the driver or waiting for the next flush that have not left yet. */
  get unsentBytes(): number {
    return this.#queuedTotal - this.#sentTotal + this.#chunkBytes + this.#writer.byteLength;
  }

  /** All that has left, the handshake included. */
  get sentBytes(): number {
    return this.#sentTotal;
  }

  get hasPending(): boolean {
    return this.#chunkBytes + this.#writer.byteLength > 0;
  }

  /** Queues a view of the slab; the queue becomes one of its holders until it has left. */
  // hot
  pushBlock(view: Uint8Array, extent: Extent, slab: Slab): void {
    this.#takeControl();
    this.#chunks.push(view);
    this.#chunkBytes += view.length;
    slab.retain(extent);
    this.#held.push({ until: this.#queuedTotal + this.#chunkBytes, extent });
  }

  /** Hands everything that is queued to the driver as one transmit. */
  flush(out: Outlet<NetworkCommand>): void {
    this.#takeControl();
    if (this.#chunkBytes === 0) return;
    out.push({ type: "transmit", connection: this.#connection, chunks: this.#chunks, byteLength: this.#chunkBytes });
    this.#queuedTotal += this.#chunkBytes;
    this.#chunks = [];
    this.#chunkBytes = 0;
  }

  handleTransmitted(bytes: number, slab: Slab): void {
    this.#sentTotal += bytes;
    let gone = 0;
    while (gone < this.#held.length && (this.#held[gone] as Held).until <= this.#sentTotal) {
      slab.release((this.#held[gone] as Held).extent);
      gone += 1;
    }
    if (gone > 0) this.#held = this.#held.slice(gone);
  }

  /** The connection is gone: nothing more is sent, nothing is held. */
  abandon(slab: Slab): void {
    for (const { extent } of this.#held) slab.release(extent);
    this.#held = [];
    this.#chunks = [];
  }

  #takeControl(): void {
    if (this.#writer.byteLength === 0) return;
    const bytes = this.#writer.take();
    this.#chunks.push(bytes);
    this.#chunkBytes += bytes.length;
  }
}
