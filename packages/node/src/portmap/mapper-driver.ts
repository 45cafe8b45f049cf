/** Runs one PortMapper on real sockets: what the gateway is told leaves by the interface that leads to it. */
import { createSocket, type Socket } from "node:dgram";
import { canonicalIp } from "@torrential/core";
import {
  PMP_ANNOUNCE_PORT,
  PMP_PORT,
  PortMapper,
  type PortMapperOptions,
  type PortMapperOutput,
  type PortMapping,
  type PortWish,
  SSDP_ADDRESS,
  SSDP_PORT,
} from "@torrential/protocol";
import { GuardedHttp } from "../http/guarded-http.ts";
import { secureRandom } from "../secure-random.ts";
import type { Gateway } from "./gateway.ts";

/** A description is a few kilobytes, an answer less than one. */
const BODY_BYTES_MAX = 256 * 1024;
const HTTP_TIMEOUT_MS = 5_000;
/** Routers two hops away are none of ours (UPnP Device Architecture 1.1: "SHOULD default to 2"). */
const MULTICAST_TTL = 2;

/** Sockets that hear what is said to all; others may have their ports, too. */
type Listener = "announce" | "notice";

export interface MapperDriverOptions {
  readonly gateway: Gateway;
  readonly method: PortMapperOptions["method"];
  /** For requests to the gateway; one of its own by default. */
  readonly http?: GuardedHttp | undefined;
  readonly onChange: () => void;
}

export class MapperDriver {
  readonly gateway: Gateway;
  readonly #options: MapperDriverOptions;
  readonly #mapper: PortMapper;
  readonly #http: GuardedHttp;
  readonly #closing = new AbortController();
  readonly #sockets = new Map<"pmp" | "ssdp" | Listener, Socket>();
  #idle: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MapperDriverOptions) {
    this.#options = options;
    this.gateway = options.gateway;
    const { address, localAddress } = options.gateway;
    const gateway = withoutZone(address);
    // Gateways map only to the address that asks.
    this.#http = options.http ?? new GuardedHttp({ bindAddress: localAddress, connectionsMax: 1 });
    this.#mapper = new PortMapper({ gateway, localAddress, method: options.method }, { random: secureRandom });
  }

  get mappings(): readonly PortMapping[] {
    return this.#mapper.mappings;
  }

  setWishes(wishes: readonly PortWish[]): void {
    this.#input((now) => this.#mapper.setWishes(wishes, now));
  }

  /** Deletes what is mapped, for as long as `timeoutMs` lets it, and closes the sockets. */
  async close(timeoutMs: number): Promise<void> {
    this.setWishes([]);
    if (!this.#mapper.isIdle) {
      const idle = new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
      const timer = setTimeout(() => this.#idle?.(), timeoutMs);
      await idle;
      clearTimeout(timer);
    }
    this.#closing.abort();
    clearTimeout(this.#timer);
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    await this.#http.close();
  }

  #input(input: (now: number) => void): void {
    if (this.#closing.signal.aborted) return;
    input(performance.now());
    for (let output = this.#mapper.poll(); output !== undefined; output = this.#mapper.poll()) this.#carryOut(output);
    if (this.#mapper.isIdle) this.#idle?.();
    this.#arm();
  }

  #carryOut(output: PortMapperOutput): void {
    switch (output.type) {
      case "send":
        this.#listenForAnnouncements();
        this.#send(this.#pmpSocket(), output.bytes, PMP_PORT, this.gateway.address);
        return;
      case "search":
        this.#listenForNotices();
        this.#send(this.#ssdpSocket(), output.bytes, SSDP_PORT, SSDP_ADDRESS);
        return;
      case "http":
        void this.#request(output);
        return;
      case "changed":
        this.#options.onChange();
        return;
      default:
        output satisfies never;
    }
  }

  /** What cannot be sent is as good as lost: the machine asks again, and gives up in its time. */
  #send(socket: Socket, bytes: Uint8Array, port: number, address: string): void {
    socket.send(bytes, port, address, () => {});
  }

  #pmpSocket(): Socket {
    return this.#socket("pmp", (socket) => {
      socket.on("message", (bytes, from) => {
        const isGateway = from.port === PMP_PORT && this.#isGateway(from.address);
        if (isGateway) this.#input((now) => this.#mapper.handlePmp(bytes, now));
      });
      socket.bind({ port: 0, address: this.gateway.localAddress });
    });
  }

  #ssdpSocket(): Socket {
    return this.#socket("ssdp", (socket) => {
      const { localAddress } = this.gateway;
      socket.on("message", (bytes, from) => this.#input((now) => this.#mapper.handleSsdp(bytes, from.address, now)));
      socket.bind({ port: 0, address: localAddress }, () => {
        socket.setMulticastInterface(localAddress);
        socket.setMulticastTTL(MULTICAST_TTL);
      });
    });
  }

  /** Gateways tell everybody when they have restarted; without it we notice at the next renewal. */
  #listenForAnnouncements(): void {
    if (this.gateway.family === 6) return;
    this.#socket("announce", (socket) => {
      socket.on("message", (bytes, from) => {
        if (this.#isGateway(from.address)) this.#input((now) => this.#mapper.handlePmp(bytes, now));
      });
      socket.bind({ port: PMP_ANNOUNCE_PORT }, () => {
        try {
          socket.addMembership("224.0.0.1", this.gateway.localAddress);
        } catch {
          socket.unref(); // All hosts are members of it as it is, on most systems.
        }
      });
    });
  }

  /** The same of UPnP's. Where another program has the port for itself, the next renewal notices. */
  #listenForNotices(): void {
    this.#socket("notice", (socket) => {
      socket.on("message", (bytes, from) => this.#input((now) => this.#mapper.handleNotice(bytes, from.address, now)));
      socket.bind({ port: SSDP_PORT }, () => {
        try {
          socket.addMembership(SSDP_ADDRESS, this.gateway.localAddress);
        } catch {
          socket.unref(); // No multicast here: nobody will say anything.
        }
      });
    });
  }

  #socket(name: "pmp" | "ssdp" | Listener, setUp: (socket: Socket) => void): Socket {
    const kept = this.#sockets.get(name);
    if (kept !== undefined) return kept;
    const isListener = name === "announce" || name === "notice";
    const type = this.gateway.family === 4 ? "udp4" : "udp6";
    const socket = createSocket({ type, reuseAddr: isListener });
    this.#sockets.set(name, socket);
    // An address that is gone, a port that another program has: the machine hears nothing, and says so.
    socket.on("error", () => {
      if (this.#sockets.get(name) === socket && !isListener) this.#sockets.delete(name);
      if (!isListener) socket.close();
    });
    setUp(socket);
    return socket;
  }

  async #request({ request, url, body, headers }: Extract<PortMapperOutput, { type: "http" }>): Promise<void> {
    try {
      const response = await this.#http.get(url, {
        kind: "gateway",
        maxBodyBytes: BODY_BYTES_MAX,
        timeoutMs: HTTP_TIMEOUT_MS,
        signal: this.#closing.signal,
        redirectsMax: 0,
        ...(body === undefined ? {} : { post: { body, headers } }),
      });
      this.#input((now) => this.#mapper.handleHttp(request, { ok: true, ...response }, now));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#input((now) => this.#mapper.handleHttp(request, { ok: false, message }, now));
    }
  }

  #isGateway(address: string): boolean {
    return canonicalIp(withoutZone(address)) === canonicalIp(withoutZone(this.gateway.address));
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#mapper.nextTimeout();
    if (next === undefined) return;
    this.#timer = setTimeout(
      () => this.#input((now) => this.#mapper.handleTimeout(now)),
      Math.max(0, next - performance.now()),
    );
  }
}

function withoutZone(address: string): string {
  return address.replace(/%.*/, "");
}
