/**
 * Serves files of torrents to players on this machine: on loopback unless told otherwise, behind a path that nobody can
 * guess, to clients that are slow or many only as far as a few sockets go.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { TorrentialError } from "@torrential/core";
import { hostsOf, isHostAllowed } from "./host-gate.ts";
import { serveFile, type StreamableFile } from "./serve-file.ts";

/** PROMISES C27. A player opens a few connections at a time. */
const SOCKETS_MAX = 32;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
const HEADER_BYTES_MAX = 16 * 1024;
const TOKEN_BYTES = 16;

export interface StreamServerOptions {
  /** An address of this machine. Default 127.0.0.1: whoever else can reach it can read the files if they know the URL. */
  readonly address?: string;
  /** Default 0: any free one. */
  readonly port?: number;
}

export class StreamServer {
  readonly #files: StreamableFile[] = [];
  readonly #token = randomBytes(TOKEN_BYTES).toString("hex");
  readonly #server: Server;
  #address = "127.0.0.1";
  #port = 0;
  #hosts: readonly string[] = [];

  private constructor() {
    this.#server = createServer(
      { headersTimeout: HEADERS_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: HEADER_BYTES_MAX },
      (request, response) => this.#handle(request, response),
    );
    this.#server.maxConnections = SOCKETS_MAX;
  }

  /** Listens. Throws TorrentialError "port-in-use" or "listen-failed". */
  static async start(options: StreamServerOptions = {}): Promise<StreamServer> {
    const server = new StreamServer();
    await server.#listen(options.address ?? "127.0.0.1", options.port ?? 0);
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** Serves a file from now on; returns its URL. */
  add(file: StreamableFile): string {
    const index = this.#files.push(file) - 1;
    const host = this.#address.includes(":") ? `[${this.#address}]` : this.#address;
    return `http://${host}:${this.#port}/${this.#token}/${index}/${encodeURIComponent(file.name)}`;
  }

  /** Cuts every connection. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #listen(address: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => {
        const code = error.code === "EADDRINUSE" ? "port-in-use" : "listen-failed";
        reject(new TorrentialError(code, `${address}:${port}: cannot listen for players (${error.code ?? ""})`));
      });
      this.#server.listen(port, address, resolve);
    });
    const bound = this.#server.address();
    if (bound === null || typeof bound === "string") throw new Error("a TCP server has an address");
    this.#address = bound.address;
    this.#port = bound.port;
    this.#hosts = hostsOf(bound.address, bound.port);
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    if (!isHostAllowed(request.headers.host, this.#hosts)) return refuse(response, 421);
    const file = this.#find(request.url ?? "");
    if (file === undefined) return refuse(response, 404);
    void serveFile(request, response, file);
  }

  /** The path is a token and a number; the name behind them is for the player's title alone. */
  #find(url: string): StreamableFile | undefined {
    const match = /^\/([0-9a-f]{32})\/(\d{1,6})(?:\/[^/?#]*)?$/.exec(url.split("?")[0] ?? "");
    const [, token = "", index = ""] = match ?? [];
    const isKnown =
      token.length === this.#token.length && timingSafeEqual(Buffer.from(token), Buffer.from(this.#token));
    return isKnown ? this.#files[Number(index)] : undefined;
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-length": "0" }).end();
}
