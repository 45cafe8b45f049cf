/** A tracker in this process: HTTP and UDP sockets around protocol's TrackerServer. */
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { canonicalIp, type Endpoint, formatEndpoint, makeEndpoint, TorrentialError } from "@torrential/core";
import { type SeenAnnounce, TrackerServer, type TrackerServerOptions, type TrackerStats } from "@torrential/protocol";
import { errnoOf } from "../disk/errors.ts";
import { secureRandom } from "../secure-random.ts";

export interface CreateTrackerOptions extends TrackerServerOptions {
  /** An address of this machine; all of them, IPv4 and IPv6, by default. */
  readonly bind?: string | undefined;
  /** For HTTP; any free one by default. */
  readonly port?: number | undefined;
  /** For UDP; that of HTTP by default, `false` for none. */
  readonly udpPort?: number | false | undefined;
  /** Told of every announce that was taken. */
  readonly onAnnounce?: (announce: SeenAnnounce) => void;
}

/** PROMISES C27, for a server whose requests have one line and a few headers. */
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
const HEADER_BYTES_MAX = 16 * 1024;
const SOCKETS_MAX = 1_024;

/** Starts a tracker. Throws TorrentialError "listen-failed". */
export async function createTracker(options: CreateTrackerOptions = {}): Promise<Tracker> {
  const tracker = new Tracker(options);
  try {
    await tracker.open();
  } catch (cause) {
    await tracker.close();
    if (cause instanceof TorrentialError) throw cause;
    const where = `${options.bind ?? "any address"}, port ${options.port ?? 0}`;
    const why = errnoOf(cause) ?? String(cause);
    throw new TorrentialError("listen-failed", `the tracker cannot listen at ${where}: ${why}`, { cause });
  }
  return tracker;
}

export class Tracker {
  readonly #options: CreateTrackerOptions;
  readonly #server: TrackerServer;
  readonly #http: Server;
  readonly #udp: Socket[] = [];
  #timer: NodeJS.Timeout | undefined;
  #port = 0;
  #udpPort: number | undefined;
  #isClosed = false;

  /** Use `createTracker`. */
  constructor(options: CreateTrackerOptions) {
    this.#options = options;
    this.#server = new TrackerServer(options, { random: secureRandom, secret: randomBytes(32) });
    this.#http = createServer(
      {
        maxHeaderSize: HEADER_BYTES_MAX,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: HEADERS_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
      },
      (request, response) => this.#handleRequest(request, response),
    );
    this.#http.maxConnections = SOCKETS_MAX;
  }

  get port(): number {
    return this.#port;
  }

  /** Undefined without UDP. */
  get udpPort(): number | undefined {
    return this.#udpPort;
  }

  /** What goes into a torrent, for one address of this machine. */
  urls(address: string): readonly string[] {
    const http = `http://${formatEndpoint(makeEndpoint(address, this.#port))}/announce`;
    if (this.#udpPort === undefined) return [http];
    return [http, `udp://${formatEndpoint(makeEndpoint(address, this.#udpPort))}/announce`];
  }

  get stats(): TrackerStats {
    return this.#server.stats;
  }

  /** Called once, by `createTracker`. */
  async open(): Promise<void> {
    const { bind, port = 0, udpPort } = this.#options;
    this.#port = await this.#listen(bind ?? "::", port).catch((error: unknown) => {
      if (bind !== undefined || errnoOf(error) !== "EAFNOSUPPORT") throw error;
      return this.#listen("0.0.0.0", port); // A machine without IPv6.
    });
    if (udpPort === false) return;
    const families: readonly (4 | 6)[] = bind === undefined ? [4, 6] : [bind.includes(":") ? 6 : 4];
    this.#udpPort = udpPort ?? this.#port;
    for (const family of families) await this.#openUdp(family, bind);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const socket of this.#udp.splice(0)) socket.close();
    if (!this.#http.listening) return;
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async #listen(host: string, port: number): Promise<number> {
    this.#http.listen({ host, port });
    await once(this.#http, "listening");
    const bound = this.#http.address();
    return bound === null || typeof bound === "string" ? 0 : bound.port;
  }

  async #openUdp(family: 4 | 6, address: string | undefined): Promise<void> {
    const socket = createSocket({ type: family === 4 ? "udp4" : "udp6", ipv6Only: family === 6 });
    socket.on("message", (bytes, from) => this.#handleDatagram(socket, bytes, from));
    socket.bind({ port: this.#udpPort ?? 0, ...(address === undefined ? {} : { address }) });
    try {
      await once(socket, "listening");
    } catch (error) {
      socket.close();
      if (family === 6 && address === undefined && errnoOf(error) === "EAFNOSUPPORT") return;
      throw error;
    }
    socket.on("error", () => {}); // An answer that cannot leave: its client asks again.
    this.#udp.push(socket);
    this.#udpPort = socket.address().port;
  }

  #handleRequest(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const address = canonicalIp(withoutZone(request.socket.remoteAddress ?? ""));
    if (request.method !== "GET" || address === undefined) {
      response.writeHead(address === undefined ? 400 : 405).end();
      return;
    }
    const { status, body } = this.#server.handleHttp(request.url ?? "", address, performance.now());
    response.writeHead(status, { "content-type": "text/plain", "content-length": body.length });
    response.end(body);
    this.#drain();
  }

  #handleDatagram(socket: Socket, bytes: Uint8Array, from: { readonly address: string; readonly port: number }): void {
    const endpoint = toEndpoint(from);
    if (endpoint === undefined) return;
    const answer = this.#server.handleDatagram(bytes, endpoint, performance.now());
    if (answer !== undefined) socket.send(answer, from.port, from.address, () => {});
    this.#drain();
  }

  #drain(): void {
    for (let seen = this.#server.poll(); seen !== undefined; seen = this.#server.poll())
      this.#options.onAnnounce?.(seen);
    const next = this.#server.nextTimeout();
    if (next === undefined || this.#timer !== undefined || this.#isClosed) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#server.handleTimeout(performance.now());
        this.#drain();
      },
      Math.max(0, next - performance.now()),
    );
  }
}

function toEndpoint({ address, port }: { readonly address: string; readonly port: number }): Endpoint | undefined {
  const canonical = canonicalIp(withoutZone(address));
  return canonical === undefined || port === 0 ? undefined : makeEndpoint(canonical, port);
}

function withoutZone(address: string): string {
  return address.replace(/%.*/, "");
}
