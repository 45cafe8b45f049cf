/**
 * TCP for the engine. All sockets read into one buffer of 256 KiB, whose callback is synchronous: it costs a third to
 * a half of 'data' events (DESIGN 3). Each connection ends in exactly one `onClosed`.
 */
import { connect, isIP, type OnReadOpts, type Socket } from "node:net";
import { canonicalIp, makeEndpoint, type Endpoint } from "@torrential/core";
import type { CloseReason, ConnectionId } from "@torrential/engine";
import { adoptAccepted } from "./accept.ts";
import { reasonOf } from "./close-reason.ts";
import { Listener, type ListenOptions } from "./listener.ts";

const READ_BUFFER_BYTES = 256 * 1024;
const CONNECT_TIMEOUT_MS = 15_000; // PROMISES "Limits to start from".
const CLOSE_TIMEOUT_MS = 1_000; // The port's promise: what was transmitted leaves within a second or not at all.

/** What a network tells. Calls come from the event loop, never from within a method of `TcpNetwork`. */
export interface TcpEvents {
  onIncoming(connection: ConnectionId, endpoint: Endpoint): void;
  onConnected(connection: ConnectionId): void;
  /** `chunk` is a view of the buffer that all sockets share: valid during the call. */
  onData(connection: ConnectionId, chunk: Uint8Array): void;
  /** The chunks of one `transmit` have left; `bytes` is its `byteLength`. */
  onTransmitted(connection: ConnectionId, bytes: number): void;
  onClosed(connection: ConnectionId, reason: CloseReason): void;
}

export interface TcpNetworkOptions {
  readonly events: TcpEvents;
  /** The counter that connections are numbered from; asked once for each incoming one. */
  readonly nextConnection: () => ConnectionId;
  /** An address of this machine: no packet leaves by another one. */
  readonly bindAddress?: string | undefined;
  readonly connectTimeoutMs?: number;
  /** False reads accepted sockets through 'data' events, as happens by itself where Node's internals have changed. */
  readonly adoptsAccepted?: boolean;
}

type Status = "connecting" | "open" | "closing";

interface Connection {
  readonly id: ConnectionId;
  socket: Socket | undefined;
  status: Status;
  /** Why it will have ended, unless an error says it first. */
  reason: CloseReason | undefined;
  /** Of connecting or of closing. */
  timer: NodeJS.Timeout | undefined;
}

export class TcpNetwork {
  readonly #options: TcpNetworkOptions;
  readonly #events: TcpEvents;
  readonly #buffer = new Uint8Array(READ_BUFFER_BYTES);
  readonly #connections = new Map<ConnectionId, Connection>();
  readonly #listener: Listener;

  constructor(options: TcpNetworkOptions) {
    this.#options = options;
    this.#events = options.events;
    this.#listener = new Listener((socket) => this.#accept(socket));
  }

  /** Connections that have not been reported closed. */
  get size(): number {
    return this.#connections.size;
  }

  /** Starts to listen and gives the real port: one of the next ten when `port` is taken, any for 0. Throws "listen-failed". */
  listen({ port, host = this.#options.bindAddress }: ListenOptions): Promise<number> {
    return this.#listener.listen({ port, host });
  }

  connect(id: ConnectionId, endpoint: Endpoint): void {
    const connection = this.#add(id, "connecting");
    const { bindAddress } = this.#options;
    const isReachable = endpoint.port > 0 && (bindAddress === undefined || isIP(bindAddress) === endpoint.family);
    if (!isReachable) {
      connection.reason = "unreachable";
      setImmediate(() => this.#handleClose(connection));
      return;
    }
    const socket = connect({
      host: endpoint.address,
      port: endpoint.port,
      noDelay: true,
      autoSelectFamily: false,
      onread: this.#onread(connection),
      ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
    });
    this.#attach(connection, socket);
    socket.once("connect", () => this.#handleConnect(connection, socket));
    connection.timer = setTimeout(
      () => destroy(connection, "timeout"),
      this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    );
  }

  /** Queues `chunks` as one write; they belong to the socket until `onTransmitted`. Ignored once closing. */
  // hot
  transmit(id: ConnectionId, chunks: readonly Uint8Array[], byteLength: number): void {
    const connection = this.#connections.get(id);
    const socket = connection?.socket;
    if (connection === undefined || socket === undefined || connection.status === "closing") return;
    const handleWritten = (error?: Error | null): void => {
      if (!error && connection.status !== "closing") this.#events.onTransmitted(id, byteLength);
    };
    const last = chunks.length - 1;
    if (last > 0) socket.cork();
    for (let index = 0; index < last; index++) socket.write(chunks[index] ?? "");
    socket.write(chunks[last] ?? "", handleWritten);
    if (last > 0) socket.uncork();
  }

  pauseReading(id: ConnectionId): void {
    this.#connections.get(id)?.socket?.pause();
  }

  resumeReading(id: ConnectionId): void {
    this.#connections.get(id)?.socket?.resume();
  }

  /** Lets what was transmitted leave, for a second at most, and closes. Data that still comes is dropped. */
  close(id: ConnectionId): void {
    const connection = this.#connections.get(id);
    if (connection === undefined || connection.status === "closing") return;
    if (connection.status === "connecting") return destroy(connection, "local");
    connection.status = "closing";
    connection.reason = "local";
    connection.timer = setTimeout(() => connection.socket?.destroy(), CLOSE_TIMEOUT_MS);
    connection.socket?.resume(); // A paused socket would never see the other side's end.
    connection.socket?.end();
  }

  /** Stops listening and cuts every connection. */
  destroy(): void {
    this.#listener.close();
    for (const connection of this.#connections.values()) destroy(connection, "local");
  }

  #add(id: ConnectionId, status: Status): Connection {
    const connection: Connection = { id, socket: undefined, status, reason: undefined, timer: undefined };
    this.#connections.set(id, connection);
    return connection;
  }

  #accept(accepted: Socket): void {
    const endpoint = remoteEndpoint(accepted);
    if (endpoint === undefined) return void accepted.destroy(); // Gone already.
    const connection = this.#add(this.#options.nextConnection(), "open");
    const adopted =
      this.#options.adoptsAccepted === false ? undefined : adoptAccepted(accepted, this.#onread(connection));
    if (adopted === undefined) accepted.on("data", (chunk) => this.#handleData(connection, chunk));
    this.#attach(connection, adopted ?? accepted);
    this.#events.onIncoming(connection.id, endpoint);
    if (adopted === undefined) accepted.resume();
  }

  #attach(connection: Connection, socket: Socket): void {
    connection.socket = socket;
    socket.once("error", (error) => {
      connection.reason ??= reasonOf(error);
      socket.on("error", () => {}); // A second error of one socket says nothing new, and must not end the process.
    });
    socket.once("close", () => this.#handleClose(connection));
  }

  #onread(connection: Connection): OnReadOpts {
    const buffer = this.#buffer;
    return {
      buffer,
      callback: (length) => {
        this.#handleData(connection, buffer.subarray(0, length));
        return true;
      },
    };
  }

  // hot
  #handleData(connection: Connection, chunk: Uint8Array): void {
    if (connection.status === "open") this.#events.onData(connection.id, chunk);
  }

  #handleConnect(connection: Connection, socket: Socket): void {
    clearTimeout(connection.timer);
    if (connection.status !== "connecting") return;
    const { bindAddress } = this.#options;
    const isBound = bindAddress === undefined || sameAddress(socket.localAddress, bindAddress);
    if (!isBound) return destroy(connection, "unreachable");
    connection.status = "open";
    this.#events.onConnected(connection.id);
  }

  #handleClose(connection: Connection): void {
    clearTimeout(connection.timer);
    if (!this.#connections.delete(connection.id)) return;
    connection.status = "closing";
    this.#events.onClosed(connection.id, connection.reason ?? "ended");
  }
}

/** Where an accepted socket comes from, without the zone of a link-local address. */
function remoteEndpoint({ remoteAddress, remotePort }: Socket): Endpoint | undefined {
  const address = canonicalIp(remoteAddress?.split("%")[0] ?? "");
  return address === undefined || !remotePort ? undefined : makeEndpoint(address, remotePort);
}

function destroy(connection: Connection, reason: CloseReason): void {
  connection.reason ??= reason;
  connection.status = "closing";
  connection.socket?.destroy();
}

function sameAddress(a: string | undefined, b: string): boolean {
  return a !== undefined && canonicalIp(a) === canonicalIp(b);
}
