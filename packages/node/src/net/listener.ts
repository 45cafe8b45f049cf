/** A listening port that keeps listening: the next ports when the wanted one is taken, a pause when descriptors run out. */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { TorrentialError } from "@torrential/core";

const PORTS_TRIED = 11; // PROMISES F14: the wanted port, then the next ten.
const ACCEPT_PAUSE_MS = 1_000; // PROMISES F15.
const BACKLOG = 128; // PROMISES F20: incoming connections that have not shaken hands.

export interface ListenOptions {
  /** 0 = any. */
  readonly port: number;
  /** Address to listen on; all of them when absent, IPv6 included where there is any. */
  readonly host?: string | undefined;
}

export class Listener {
  readonly #onSocket: (socket: Socket) => void;
  #server: Server | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `onSocket` gets each accepted socket paused: nothing was read of it. */
  constructor(onSocket: (socket: Socket) => void) {
    this.#onSocket = onSocket;
  }

  /** The real port. Throws a TorrentialError "listen-failed". */
  async listen(options: ListenOptions): Promise<number> {
    const tries = options.port === 0 ? 1 : Math.min(PORTS_TRIED, 65_536 - options.port);
    for (let step = 0; step < tries; step++) {
      try {
        return await this.#open({ ...options, port: options.port + step });
      } catch (error) {
        if (step + 1 === tries || !(error instanceof Error) || codeOf(error) !== "EADDRINUSE")
          throw explain(options, error);
      }
    }
    throw explain(options, new Error(`no port in ${options.port}..65535`));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#server?.close();
    this.#server = undefined;
  }

  #open(options: ListenOptions): Promise<number> {
    const server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: false }, this.#onSocket);
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(
        { port: options.port, backlog: BACKLOG, ...(options.host === undefined ? {} : { host: options.host }) },
        () => {
          server.off("error", reject);
          if (this.#isClosed) return void server.close();
          this.#server = server;
          const { port } = server.address() as AddressInfo;
          server.on("error", () => this.#pause(server, { ...options, port }));
          resolve(port);
        },
      );
    });
  }

  /** An error of a listening server is accept() that found no descriptor: waiting for the engine to close some is all there is. */
  #pause(server: Server, options: ListenOptions): void {
    if (this.#server !== server || this.#isClosed) return;
    server.close();
    this.#server = undefined;
    this.#retry = setTimeout(() => {
      this.#open(options).catch(() => {
        if (!this.#isClosed) this.#retry = setTimeout(() => void this.#open(options).catch(() => {}), ACCEPT_PAUSE_MS);
      });
    }, ACCEPT_PAUSE_MS);
  }
}

function explain({ port, host }: ListenOptions, error: unknown): TorrentialError {
  const where = host === undefined ? "" : ` on ${host}`;
  const code = error instanceof Error ? codeOf(error) : "";
  const why =
    code === "EADDRINUSE"
      ? port === 0
        ? "no port is free"
        : `this port and the next ones are in use`
      : String(error instanceof Error ? error.message : error);
  return new TorrentialError("listen-failed", `Could not listen for peers${where} at port ${port}: ${why}.`, {
    cause: error,
  });
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
