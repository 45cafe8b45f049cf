/** A peer without data that only listens: what does the other side say it has, and when? */
import { type Socket, connect } from "node:net";
import type { Fixture } from "./fixtures.ts";
import { ID, WireReader, encodeHandshake } from "./raw-wire.ts";
import { waitFor } from "./wait-for.ts";

export interface PieceSeen {
  readonly piece: number;
  /** Monotonic. */
  readonly atMs: number;
}

export class RawWatcher implements AsyncDisposable {
  /** Pieces by bitfield and have, in the order in which they came. */
  readonly pieces: PieceSeen[] = [];
  readonly #socket: Socket;
  readonly #reader = new WireReader();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      for (const frame of this.#reader.read(chunk))
        if (frame.type === "message") this.#handleMessage(frame.id, frame.payload);
    });
  }

  /** Connects as soon as somebody listens there. */
  static async connect(fixture: Fixture, endpoint: { address: string; port: number }): Promise<RawWatcher> {
    const attempt = async (): Promise<Socket | undefined> =>
      await new Promise((resolve) => {
        const socket = connect({ host: endpoint.address, port: endpoint.port });
        socket.once("connect", () => resolve(socket));
        socket.once("error", () => resolve(undefined));
      });
    const socket = await waitFor(attempt, { what: `somebody to listen at ${endpoint.address}:${endpoint.port}` });
    socket.write(encodeHandshake(fixture.infoHash, "-RV0001-"));
    return new RawWatcher(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }

  #handleMessage(id: number, payload: Buffer): void {
    const atMs = performance.now();
    if (id === ID.have) this.pieces.push({ piece: payload.readUInt32BE(0), atMs });
    if (id !== ID.bitfield) return;
    for (let piece = 0; piece < payload.length * 8; piece++) {
      if (((payload[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0) this.pieces.push({ piece, atMs });
    }
  }
}
