/**
 * The UDP side of the peer port: a socket for each family, at the number that TCP listens at. What comes in is told apart
 * by its first byte: "d" begins every KRPC message (BEP 5); uTP's first byte (BEP 29) has its version, 1, in the low half,
 * and has its place in `dispatch`.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { type Endpoint, makeEndpoint, TorrentialError } from "@torrential/core";

const KRPC_FIRST_BYTE = 0x64;
/** A burst of answers must not be lost while the loop is busy: Node reads 32 datagrams a turn. */
const RECEIVE_BUFFER_BYTES = 256 * 1024;

export interface UdpHandlers {
  /** `socket` is an index into `families`; `bytes` are the handler's to keep. */
  onKrpc(socket: number, from: Endpoint, bytes: Uint8Array): void;
}

export interface UdpOptions {
  /** 0 = any, the same for both families. */
  readonly port: number;
  /** Addresses of this machine: no packet leaves by another one. Default: any, of each family that has a route. */
  readonly addresses?: readonly string[] | undefined;
  readonly handlers: UdpHandlers;
}

export class UdpPort {
  readonly #handlers: UdpHandlers;
  readonly #sockets: Socket[] = [];
  #families: (4 | 6)[] = [];
  #port = 0;

  private constructor(handlers: UdpHandlers) {
    this.#handlers = handlers;
  }

  /** Binds a socket for each address. Throws a TorrentialError "listen-failed" when none could be. */
  static async open(options: UdpOptions): Promise<UdpPort> {
    const udp = new UdpPort(options.handlers);
    const addresses = options.addresses ?? (hasRouteFor6() ? ["0.0.0.0", "::"] : ["0.0.0.0"]);
    const errors: unknown[] = [];
    for (const address of addresses) {
      try {
        await udp.#bind(address, udp.#port || options.port);
      } catch (error) {
        errors.push(error);
      }
    }
    if (udp.#sockets.length > 0) return udp;
    const where = options.addresses === undefined ? "" : ` on ${addresses.join(", ")}`;
    throw new TorrentialError(
      "listen-failed",
      `Could not open UDP port ${options.port}${where}: ${String(errors[0])}.`,
      {
        cause: errors[0],
      },
    );
  }

  /** Of each socket, in the order of their indexes. */
  get families(): readonly (4 | 6)[] {
    return this.#families;
  }

  get port(): number {
    return this.#port;
  }

  /** A datagram that can't leave is lost, as datagrams are. */
  send(socket: number, to: Endpoint, bytes: Uint8Array): void {
    this.#sockets[socket]?.send(bytes, to.port, to.address, ignoreError);
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
  }

  #bind(address: string, port: number): Promise<void> {
    const family = isIP(address) === 6 ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? "udp6" : "udp4",
      ipv6Only: family === 6,
      recvBufferSize: RECEIVE_BUFFER_BYTES,
    });
    return new Promise((resolve, reject) => {
      socket.once("error", (error) => {
        socket.close();
        reject(error);
      });
      socket.bind({ address, port, exclusive: true }, () => {
        socket.removeAllListeners("error");
        // Errors of datagrams that left long ago come back here (ICMP); whoever waits for an answer gives up by itself.
        socket.on("error", ignoreError);
        const index = this.#sockets.push(socket) - 1;
        this.#families.push(family);
        this.#port = socket.address().port;
        socket.on("message", (bytes, from) => this.#dispatch(index, bytes, from));
        resolve();
      });
    });
  }

  #dispatch(socket: number, bytes: Uint8Array, from: RemoteInfo): void {
    // Link-local addresses mean nothing without their zone, and nobody sends from port 0.
    if (from.port === 0 || from.address.includes("%")) return;
    if (bytes[0] === KRPC_FIRST_BYTE) this.#handlers.onKrpc(socket, makeEndpoint(from.address, from.port), bytes);
  }
}

function ignoreError(): void {}

/** Whether any interface has an IPv6 address that leads beyond its link. */
function hasRouteFor6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    (addresses ?? []).some(
      ({ family, internal, address }) => family === "IPv6" && !internal && !/^fe[89ab]/i.test(address),
    ),
  );
}
