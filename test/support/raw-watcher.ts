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

  #isGreeted = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      for (const frame of this.#reader.read(chunk)) {
        this.#isGreeted = true;
        if (frame.type === "message") this.#handleMessage(frame.id, frame.payload);
      }
    });
  }

  /** Connects again and again until somebody answers its handshake: a torrent is not there before its port is. */
  static async connect(fixture: Fixture, endpoint: { address: string; port: number }): Promise<RawWatcher> {
    const attempt = async (): Promise<RawWatcher | undefined> => {
      const socket = connect({ host: endpoint.address, port: endpoint.port });
      const watcher = new RawWatcher(socket);
      socket.once("connect", () => socket.write(encodeHandshake(fixture.infoHash, "-RV0001-")));
      await waitFor(() => watcher.#isGreeted || socket.destroyed, { what: "an answer to a handshake" });
      return watcher.#isGreeted ? watcher : undefined;
    };
    return await waitFor(attempt, { what: `somebody to greet at ${endpoint.address}:${endpoint.port}` });
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
