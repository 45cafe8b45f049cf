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
  /** What it had when we came; undefined until it says so. */
  bitfield: ReadonlySet<number> | undefined;
  /** What it got since, in order. */
  readonly haves: PieceSeen[] = [];
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

  /** Everything it has said that it has. */
  get pieces(): Set<number> {
    return new Set([...(this.bitfield ?? []), ...this.haves.map((it) => it.piece)]);
  }

  #handleMessage(id: number, payload: Buffer): void {
    if (id === ID.have) this.haves.push({ piece: payload.readUInt32BE(0), atMs: performance.now() });
    if (id === ID.bitfield) this.bitfield = new Set(bitsOf(payload));
  }
}

function bitsOf(bytes: Buffer): number[] {
  const isSet = (bit: number): boolean => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
  return Array.from({ length: bytes.length * 8 }, (_, bit) => bit).filter(isSet);
}
