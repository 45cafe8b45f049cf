/**
 * Local service discovery (BEP 14) on real sockets: one that hears the group, and one for each address of ours that
 * speaks to it, so that neighbours see the address at which we can be reached. Interfaces are looked at again before
 * each announce. Where there is no network to speak to, nothing is said, and that is no error.
 */
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { isIP } from "node:net";
import { canonicalIp, type Endpoint, type InfoHash } from "@torrential/core";
import { LSD_GROUPS, LSD_PORT, LsdMachine } from "@torrential/protocol";
import { isOnLink, listInterfaces, type LocalInterface } from "./interfaces.ts";

/** BEP 14: the groups reach beyond one network; one hop more than a home has. */
const MULTICAST_TTL = 4;

export interface NeighboursOptions {
  /** Only this address of the machine speaks and listens. */
  readonly bindAddress: string | undefined;
  readonly onFound: (infoHash: InfoHash, endpoint: Endpoint) => void;
  /** Of the groups; another one for tests. */
  readonly port?: number;
}

export class Neighbours {
  readonly #options: NeighboursOptions;
  readonly #machine: LsdMachine;
  readonly #families: readonly (4 | 6)[];
  readonly #receivers = new Map<4 | 6, Socket>();
  /** By local address. */
  readonly #senders = new Map<string, Socket>();
  readonly #joined = new Set<string>();
  #interfaces: readonly LocalInterface[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isOpen = false;

  constructor(options: NeighboursOptions) {
    this.#options = options;
    const { bindAddress } = options;
    this.#families = bindAddress === undefined ? [4, 6] : [isIP(bindAddress) === 6 ? 6 : 4];
    this.#machine = new LsdMachine({ cookie: randomBytes(8).toString("hex"), families: this.#families });
  }

  /** Peers reach us at `port`. */
  open(port: number): void {
    this.#isOpen = true;
    this.#machine.setPort(port);
    this.#look();
    for (const family of this.#families) this.#listen(family);
    this.#run();
  }

  join(infoHash: InfoHash): void {
    this.#machine.add(infoHash, performance.now());
    this.#run();
  }

  leave(infoHash: InfoHash): void {
    this.#machine.remove(infoHash, performance.now());
    this.#run();
  }

  close(): void {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    for (const socket of [...this.#receivers.values(), ...this.#senders.values()]) closeQuietly(socket);
    this.#receivers.clear();
    this.#senders.clear();
  }

  #listen(family: 4 | 6): void {
    const socket = makeSocket(family);
    socket.on("error", () => {
      closeQuietly(socket);
      this.#receivers.delete(family);
    });
    socket.on("message", (packet, { address }) => this.#handlePacket(packet, address));
    socket.bind({ port: this.#options.port ?? LSD_PORT, exclusive: false }, () => {
      this.#receivers.set(family, socket);
      this.#joinGroups();
    });
  }

  #handlePacket(packet: Uint8Array, from: string): void {
    const address = canonicalIp(from.split("%")[0] ?? "");
    if (!this.#isOpen || address === undefined) return;
    this.#machine.handlePacket(packet, { address, isOnLink: isOnLink(address, this.#interfaces) }, performance.now());
    this.#run();
  }

  #run(): void {
    if (!this.#isOpen) return;
    const now = performance.now();
    const due = this.#machine.nextTimeout();
    if (due !== undefined && due <= now) {
      this.#look();
      this.#joinGroups();
      this.#machine.handleTimeout(now);
    }
    for (let output = this.#machine.poll(); output !== undefined; output = this.#machine.poll()) {
      if (output.type === "lsd-found") this.#options.onFound(output.infoHash, output.endpoint);
      else this.#send(output.family, output.packet);
    }
    clearTimeout(this.#timer);
    const next = this.#machine.nextTimeout();
    if (next !== undefined) this.#timer = setTimeout(() => this.#run(), Math.max(0, next - now)).unref();
  }

  /** Whom we can speak by, now. */
  #look(): void {
    this.#interfaces = listInterfaces(this.#options.bindAddress);
    const addresses = new Set(this.#interfaces.map(({ address }) => address));
    for (const [address, socket] of this.#senders) {
      if (addresses.has(address)) continue;
      closeQuietly(socket);
      this.#senders.delete(address);
    }
  }

  #joinGroups(): void {
    for (const { address, family, scope } of this.#interfaces) {
      const receiver = this.#receivers.get(family);
      if (receiver === undefined || this.#joined.has(address)) continue;
      if (attempt(() => receiver.addMembership(LSD_GROUPS[family], scope))) this.#joined.add(address);
    }
  }

  #send(family: 4 | 6, packet: Uint8Array): void {
    for (const local of this.#interfaces.filter((each) => each.family === family)) this.#sendBy(local, packet);
  }

  #sendBy(local: LocalInterface, packet: Uint8Array): void {
    const { address, family, scope } = local;
    const send = (socket: Socket): void =>
      socket.send(packet, this.#options.port ?? LSD_PORT, LSD_GROUPS[family], () => {
        // Who is not connected to anything has no neighbours.
      });
    const open = this.#senders.get(address);
    if (open !== undefined) return send(open);
    const socket = makeSocket(family);
    this.#senders.set(address, socket);
    socket.on("error", () => {
      closeQuietly(socket);
      this.#senders.delete(address);
    });
    socket.bind({ address, port: 0 }, () => {
      const isReady = attempt(() => {
        socket.setMulticastInterface(scope);
        socket.setMulticastTTL(MULTICAST_TTL);
        socket.setMulticastLoopback(true);
      });
      if (isReady) send(socket);
    });
  }
}

function makeSocket(family: 4 | 6): Socket {
  const socket = createSocket({ type: family === 4 ? "udp4" : "udp6", reuseAddr: true, ipv6Only: family === 6 });
  return socket.unref();
}

/** False when the system has no such network, or it went meanwhile. */
function attempt(run: () => void): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

function closeQuietly(socket: Socket): void {
  // An error after the end has nothing to say to anybody.
  socket.removeAllListeners("error").on("error", () => {});
  attempt(() => socket.close());
}
