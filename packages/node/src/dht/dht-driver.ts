/** Runs a DhtNode on UDP sockets: one input, then every output, then one timer; and keeps its state. */
import { randomInt } from "node:crypto";
import { type Endpoint, type HostPort, TorrentialError } from "@torrential/core";
import { DhtNode, type DhtOutput, type DhtReport, type DhtRequest, type DhtStatus } from "@torrential/protocol";
import { DnsResolver } from "../http/dns.ts";
import { UdpPort } from "../net/udp.ts";
import { allowsLocal, resolveBootstrap } from "./bootstrap.ts";

const SAVE_EVERY_MS = 300_000;
const HOSTS_MAX = 16;

export interface DhtDriverOptions {
  readonly port: number;
  readonly addresses: readonly string[] | undefined;
  readonly bootstrap: readonly HostPort[];
  readonly readOnly: boolean;
  /** As `save` was given it in an earlier run. */
  readonly state: Uint8Array | undefined;
  readonly save: ((state: Uint8Array) => Promise<void>) | undefined;
  /** A node says that we are at `address`; each network of nodes says so once. */
  readonly onVote: ((vote: { readonly address: string; readonly voter: string }) => void) | undefined;
}

/** What comes of a request, as it comes. */
export interface RequestHandlers {
  readonly onPeers?: ((peers: readonly Endpoint[]) => void) | undefined;
  readonly onDone: (report: DhtReport) => void;
}

export class DhtDriver {
  readonly #options: DhtDriverOptions;
  readonly #dns: DnsResolver;
  readonly #requests = new Map<number, RequestHandlers>();
  readonly #udp: UdpPort;
  readonly #node: DhtNode;
  readonly #saveTimer: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #timerAt: number | undefined;
  #lastRequest = 0;
  #isResolving = false;
  #isClosed = false;

  private constructor(options: DhtDriverOptions, udp: UdpPort) {
    this.#options = options;
    this.#udp = udp;
    this.#dns = new DnsResolver({ bindAddress: options.addresses?.[0] });
    this.#node = new DhtNode(
      {
        sockets: udp.families.map((family) => ({ family })),
        port: udp.port,
        readOnly: options.readOnly,
        allowLocal: allowsLocal(options.bootstrap, options.addresses),
        state: options.state,
      },
      { random: secureRandom },
      performance.now(),
    );
    this.#saveTimer = setInterval(() => void this.#save(), SAVE_EVERY_MS);
    this.#saveTimer.unref();
  }

  /** Opens the sockets and begins to look for the network. Throws a TorrentialError "listen-failed". */
  static async open(options: DhtDriverOptions): Promise<DhtDriver> {
    const opened: { driver?: DhtDriver } = {};
    const udp = await UdpPort.open({
      port: options.port,
      addresses: options.addresses,
      handlers: { onKrpc: (socket, from, bytes) => opened.driver?.handleDatagram(socket, from, bytes) },
    });
    opened.driver = new DhtDriver(options, udp);
    opened.driver.#start();
    return opened.driver;
  }

  get port(): number {
    return this.#udp.port;
  }

  status(): DhtStatus {
    return this.#node.status(performance.now());
  }

  /** Returns the number to cancel it by. Throws a TorrentialError "dht-busy". */
  request(subject: DhtRequest, handlers: RequestHandlers): number {
    this.#lastRequest += 1;
    const request = this.#lastRequest;
    this.#requests.set(request, handlers);
    let isTaken = false;
    this.#input((now) => {
      isTaken = this.#node.handleRequest(request, subject, now);
    });
    if (isTaken) return request;
    this.#requests.delete(request);
    throw new TorrentialError("dht-busy", "the DHT node has too many requests under way, or is closed");
  }

  cancel(request: number): void {
    this.#requests.delete(request);
    this.#input(() => this.#node.cancel(request));
  }

  addNodes(endpoints: readonly Endpoint[]): void {
    this.#input((now) => this.#node.handleEndpoints(endpoints, now));
  }

  /** Names that somebody gave us, at most sixteen of them. */
  addHosts(hosts: readonly HostPort[]): void {
    if (hosts.length === 0) return;
    void resolveBootstrap(hosts.slice(0, HOSTS_MAX), this.#dns).then((endpoints) => this.addNodes(endpoints));
  }

  /** Keeps the state and closes the sockets. Requests under way end with nothing. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.#save();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#saveTimer);
    this.#udp.close();
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    for (const { onDone } of requests) onDone(NOTHING);
  }

  #start(): void {
    this.#input((now) => this.#node.handleTimeout(now));
  }

  /** What the sockets hear. */
  handleDatagram(socket: number, from: Endpoint, bytes: Uint8Array): void {
    this.#input((now) => this.#node.handleDatagram(socket, from, bytes, now));
  }

  #input(input: (now: number) => void): void {
    if (this.#isClosed) return;
    input(performance.now());
    for (let output = this.#node.poll(); output !== undefined; output = this.#node.poll()) this.#carryOut(output);
    this.#arm();
  }

  #carryOut(output: DhtOutput): void {
    switch (output.type) {
      case "send":
        return this.#udp.send(output.socket, output.endpoint, output.bytes);
      case "peers":
        return this.#requests.get(output.request)?.onPeers?.(output.peers);
      case "done": {
        const handlers = this.#requests.get(output.request);
        this.#requests.delete(output.request);
        return handlers?.onDone(output.report);
      }
      case "bootstrap-wanted":
        return void this.#bootstrap();
      case "address-vote":
        return this.#options.onVote?.({ address: output.address, voter: output.voter.address });
      default:
        return output satisfies never;
    }
  }

  async #bootstrap(): Promise<void> {
    if (this.#isResolving) return;
    this.#isResolving = true;
    const endpoints = await resolveBootstrap(this.#options.bootstrap, this.#dns);
    this.#isResolving = false;
    this.addNodes(endpoints);
  }

  async #save(): Promise<void> {
    if (this.#isClosed || this.#options.readOnly) return;
    // What was not kept is found again from the bootstrap nodes.
    await this.#options.save?.(this.#node.exportState(performance.now())).catch(() => undefined);
  }

  #arm(): void {
    const next = this.#node.nextTimeout();
    if (next === this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = next;
    this.#timer = setTimeout(
      () => {
        this.#timerAt = undefined;
        this.#input((now) => this.#node.handleTimeout(now));
      },
      Math.max(0, next - performance.now()),
    );
  }
}

const NOTHING: DhtReport = {
  askedCount: 0,
  answeredCount: 0,
  hops: 0,
  peersFound: 0,
  closest: [],
  writtenCount: 0,
  writeErrors: [],
  item: undefined,
  swarm: undefined,
  samples: [],
  infoHashCount: 0,
};

/** Uniform in [0, 1) from the system's generator: tokens and transactions must not be guessed. */
function secureRandom(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}
