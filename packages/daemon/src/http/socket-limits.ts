/** How many may be connected at once (PROMISES C27). */
import type { Socket } from "node:net";
import { canonicalIp, classifyIp } from "@torrential/core";

const SOCKETS_MAX = 256;
/** Kept for this machine, so that its owner gets in whatever comes from outside. */
const KEPT_FOR_LOOPBACK = 8;
const SOCKETS_PER_ADDRESS_MAX = 32;

/** Shared by all listeners. */
export class SocketLimits {
  readonly #sockets = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();
  readonly #isExempt: (address: string | undefined) => boolean;

  /** `isExempt`: proxies, which speak for many. */
  constructor(isExempt: (address: string | undefined) => boolean) {
    this.#isExempt = isExempt;
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Keeps the socket in mind until it closes; or closes it at once, and returns false. */
  admit(socket: Socket): boolean {
    const address = socket.remoteAddress === undefined ? undefined : canonicalIp(socket.remoteAddress);
    if (!this.#hasRoom(address)) {
      socket.destroy();
      return false;
    }
    this.#sockets.add(socket);
    const key = address ?? "unix";
    this.#perAddress.set(key, (this.#perAddress.get(key) ?? 0) + 1);
    socket.once("close", () => this.#forget(socket, key));
    return true;
  }

  /** Ends every connection now. */
  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #hasRoom(address: string | undefined): boolean {
    const isLocal = address === undefined || classifyIp(address) === "loopback";
    if (this.#sockets.size >= SOCKETS_MAX - (isLocal ? 0 : KEPT_FOR_LOOPBACK)) return false;
    if (isLocal || this.#isExempt(address)) return true;
    return (this.#perAddress.get(address) ?? 0) < SOCKETS_PER_ADDRESS_MAX;
  }

  #forget(socket: Socket, key: string): void {
    this.#sockets.delete(socket);
    const left = (this.#perAddress.get(key) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(key);
    else this.#perAddress.set(key, left);
  }
}
