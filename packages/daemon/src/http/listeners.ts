/** The listening sockets, with time-outs against slow clients (PROMISES C27). */
import { chmodSync, readFileSync, unlinkSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TorrentialError } from "@torrential/core";
import { describeListen, type HttpOptions, type ListenAddress } from "./options.ts";
import type { SocketLimits } from "./socket-limits.ts";

const LIMITS: ServerOptions = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 5_000,
  // How often Node looks at the three above; its own 30 s would make ten seconds forty.
  connectionsCheckingInterval: 1_000,
  requireHostHeader: true,
  insecureHTTPParser: false,
};
/** Nothing read and nothing written for so long: the other side is gone. Event streams say something every 15 s. */
const SILENCE_MS = 120_000;
const HEADERS_MAX = 100;

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Listener {
  /** "127.0.0.1:9091" or "unix:/path". */
  readonly address: string;
  readonly server: Server | TlsServer;
  /** Stops accepting; those that are connected may finish. */
  close(): Promise<void>;
}

/** Listens on every address, or on none. Throws "port-in-use", "listen-failed" or "tls-invalid". */
export async function openListeners(
  options: Pick<HttpOptions, "listen" | "tls">,
  deps: { readonly handler: RequestHandler; readonly limits: SocketLimits },
): Promise<Listener[]> {
  const listeners: Listener[] = [];
  try {
    for (const address of options.listen) listeners.push(await openListener(address, options.tls, deps));
    return listeners;
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
}

async function openListener(
  address: ListenAddress,
  tls: HttpOptions["tls"],
  { handler, limits }: { readonly handler: RequestHandler; readonly limits: SocketLimits },
): Promise<Listener> {
  const server =
    tls === undefined || address.type === "unix"
      ? createServer(LIMITS)
      : createTlsServer({ ...LIMITS, ...readTls(tls) });
  server.maxHeadersCount = HEADERS_MAX;
  server.setTimeout(SILENCE_MS, (socket: Socket) => socket.destroy());
  server.on("connection", (socket: Socket) => {
    limits.admit(socket);
  });
  server.on("clientError", answerBrokenRequest);
  server.on("request", handler);
  // CONNECT asks for a tunnel: there is none.
  server.on("connect", (_request: IncomingMessage, socket: Duplex) => socket.destroy());
  await listen(server, address);
  return { address: nameOf(server, address), server, close: () => closeServer(server) };
}

/** Certificates as they are in the files now. Throws "tls-invalid". */
export function readTls(tls: NonNullable<HttpOptions["tls"]>): { cert: Buffer; key: Buffer; minVersion: "TLSv1.2" } {
  try {
    return { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile), minVersion: "TLSv1.2" };
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new TorrentialError("tls-invalid", `http.tls_cert and http.tls_key cannot be read: ${what}`, { cause });
  }
}

async function listen(server: Server | TlsServer, address: ListenAddress): Promise<void> {
  if (address.type === "unix") await removeDeadSocket(address.path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(toListenError(cause, address)));
    const done = (): void => resolve();
    if (address.type === "tcp") server.listen({ host: address.host, port: address.port }, done);
    else if (address.type === "fd") server.listen({ fd: address.fd }, done);
    else listenUnix(server, address, done);
  });
}

/** Nobody else may connect between bind and chmod: the file is made with no rights for others. */
function listenUnix(
  server: Server | TlsServer,
  { path, mode }: Extract<ListenAddress, { type: "unix" }>,
  done: () => void,
): void {
  const before = process.umask(0o177);
  try {
    server.listen(path, () => {
      chmodSync(path, mode);
      done();
    });
  } finally {
    process.umask(before);
  }
}

/** A socket file that nobody answers at was left by a process that died. */
async function removeDeadSocket(path: string): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  if (code === "ECONNREFUSED") unlinkSync(path);
}

function toListenError(cause: NodeJS.ErrnoException, address: ListenAddress): TorrentialError {
  const where = describeListen(address);
  if (cause.code === "EADDRINUSE") {
    return new TorrentialError("port-in-use", `${where} is in use by another process: choose another http.listen`, {
      cause,
    });
  }
  return new TorrentialError("listen-failed", `cannot listen on ${where}: ${cause.message}`, { cause });
}

function nameOf(server: Server | TlsServer, address: ListenAddress): string {
  const bound: AddressInfo | string | null = server.address();
  if (bound === null || typeof bound === "string") return describeListen(address);
  return describeListen({ type: "tcp", host: bound.address, port: bound.port });
}

/** Not HTTP, too large, or too slow: one line, and good bye. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status =
    error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "408 Request Timeout"
        : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

function closeServer(server: Server | TlsServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
