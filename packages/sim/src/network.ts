/** Hosts and the paths between them: latency, bandwidth, loss, partitions, refusals, crashes. */
import type { Endpoint } from "@torrential/core";
import type { Clock } from "./clock.ts";
import { DEFAULT_LINK, Downlink, Uplink, type LinkOptions } from "./link.ts";
import type { SimRandom } from "./random.ts";
import { Flow, StreamEnd, type Route, type StreamHandler, type StreamWorld } from "./stream.ts";

/** Called for each incoming connection; returns what is to hear of it, or undefined to refuse. */
export type Acceptor = (end: StreamEnd, remote: Endpoint) => StreamHandler | undefined;

export interface NetworkOptions {
  readonly clock: Clock;
  readonly random: SimRandom;
  readonly handleViolation: (message: string) => void;
  readonly windowBytes?: number;
}

const WINDOW_BYTES = 262_144; // what Linux gives a stream on a path of a few megabytes a second
const CONNECT_TIMEOUT_MS = 21_000; // Windows' three SYNs; Linux waits 127 s
const READ_BUFFER_BYTES = 262_144; // DESIGN 3: one buffer shared by all sockets

/** A machine on the network. Its address lives on while the machine is down. */
export class NetworkHost {
  readonly address: string;
  readonly uplink: Uplink;
  readonly downlink: Downlink;
  latencyMs: number;
  loss: number;
  readonly listeners: Map<number, Acceptor> = new Map();
  readonly ends: Set<StreamEnd> = new Set();
  isUp = true;

  constructor(address: string, clock: Clock, link: LinkOptions) {
    this.address = address;
    this.uplink = new Uplink(clock, link.upBytesPerSec);
    this.downlink = new Downlink(clock, link.downBytesPerSec);
    this.latencyMs = link.latencyMs;
    this.loss = link.loss;
  }
}

export class Network {
  readonly #clock: Clock;
  readonly #world: StreamWorld;
  readonly #hosts = new Map<string, NetworkHost>();
  readonly #flows = new Set<Flow>();
  readonly #cuts = new Set<string>();
  readonly #others = new WeakMap<StreamEnd, StreamEnd>();
  #nextPort = 49_152;

  constructor(options: NetworkOptions) {
    this.#clock = options.clock;
    this.#world = {
      clock: options.clock,
      random: options.random,
      windowBytes: options.windowBytes ?? WINDOW_BYTES,
      readBuffer: new Uint8Array(READ_BUFFER_BYTES),
      handleViolation: options.handleViolation,
    };
  }

  addHost(address: string, link: Partial<LinkOptions> = {}): NetworkHost {
    const host = new NetworkHost(address, this.#clock, { ...DEFAULT_LINK, ...link });
    this.#hosts.set(address, host);
    return host;
  }

  listen(host: NetworkHost, port: number, acceptor: Acceptor): void {
    host.listeners.set(port, acceptor);
  }

  /** Starts connecting; the handler hears `handleConnected` or `handleClosed`. */
  connect(from: NetworkHost, endpoint: Endpoint, handler: StreamHandler): StreamEnd {
    const end = new StreamEnd(this.#world, endpoint, handler);
    from.ends.add(end);
    const to = this.#hosts.get(endpoint.address);
    if (to === undefined || !to.isUp || this.isCut(from, to)) {
      this.#clock.after(CONNECT_TIMEOUT_MS, () => end.end("timeout"));
      return end;
    }
    const oneWayMs = from.latencyMs + to.latencyMs;
    this.#clock.after(oneWayMs, () => this.#accept({ from, to, endpoint, end, oneWayMs }));
    return end;
  }

  /** Cuts every path between the two groups, both ways. Streams stay open and stall. */
  partition(left: readonly NetworkHost[], right: readonly NetworkHost[]): void {
    for (const a of left) for (const b of right) this.#cuts.add(cutKey(a, b));
  }

  /** Mends every path. */
  heal(): void {
    this.#cuts.clear();
    for (const flow of this.#flows) flow.heal();
  }

  isCut(a: NetworkHost, b: NetworkHost): boolean {
    return this.#cuts.size > 0 && this.#cuts.has(cutKey(a, b));
  }

  /** The process on a host ends: its kernel resets every stream. */
  kill(host: NetworkHost): void {
    host.listeners.clear();
    for (const end of host.ends) {
      end.handler = SILENT_HANDLER;
      end.reset();
    }
    host.ends.clear();
  }

  /** The host loses power: its streams fall silent, and nobody is told. */
  cutPower(host: NetworkHost): void {
    host.isUp = false;
    host.listeners.clear();
    for (const end of host.ends) end.vanish();
  }

  /** The host is back; it resets whatever others still believe is open. */
  restorePower(host: NetworkHost): void {
    host.isUp = true;
    for (const end of host.ends) this.#resetOther(end);
    host.ends.clear();
  }

  #resetOther(end: StreamEnd): void {
    const other = this.#others.get(end);
    if (other !== undefined) this.#clock.after(RESET_AFTER_RESTART_MS, () => other.end("reset"));
  }

  #accept(attempt: { from: NetworkHost; to: NetworkHost; endpoint: Endpoint; end: StreamEnd; oneWayMs: number }): void {
    const { from, to, endpoint, end, oneWayMs } = attempt;
    if (end.isClosed) return;
    const acceptor = to.isUp ? to.listeners.get(endpoint.port) : undefined;
    if (acceptor === undefined) {
      this.#clock.after(oneWayMs, () => end.end("refused"));
      return;
    }
    const remote: Endpoint = { address: from.address, port: this.#nextEphemeralPort(), family: endpoint.family };
    const accepted = new StreamEnd(this.#world, remote, SILENT_HANDLER);
    const handler = acceptor(accepted, remote);
    if (handler === undefined) {
      this.#clock.after(oneWayMs, () => end.end("refused"));
      return;
    }
    accepted.handler = handler;
    this.#join({ from, to, initiator: end, accepted });
    this.#clock.after(oneWayMs, () => end.handleAccepted());
  }

  #join(pair: { from: NetworkHost; to: NetworkHost; initiator: StreamEnd; accepted: StreamEnd }): void {
    const { from, to, initiator, accepted } = pair;
    to.ends.add(accepted);
    this.#others.set(initiator, accepted);
    this.#others.set(accepted, initiator);
    const forward = new Flow(this.#world, this.#route(from, to), { sender: initiator, receiver: accepted });
    const backward = new Flow(this.#world, this.#route(to, from), { sender: accepted, receiver: initiator });
    initiator.open({ outbound: forward, inbound: backward });
    accepted.open({ outbound: backward, inbound: forward });
    this.#flows.add(forward).add(backward);
  }

  #route(from: NetworkHost, to: NetworkHost): Route {
    return {
      uplink: from.uplink,
      downlink: to.downlink,
      isCut: () => this.isCut(from, to) || !to.isUp,
      latencyMs: () => from.latencyMs + to.latencyMs,
      loss: () => from.loss + to.loss,
    };
  }

  #nextEphemeralPort(): number {
    this.#nextPort = this.#nextPort === 65_535 ? 49_152 : this.#nextPort + 1;
    return this.#nextPort;
  }
}

const RESET_AFTER_RESTART_MS = 500;

const SILENT_HANDLER: StreamHandler = {
  handleConnected() {},
  handleData() {},
  handleTransmitted() {},
  handleClosed() {},
};

function cutKey(a: NetworkHost, b: NetworkHost): string {
  return a.address < b.address ? `${a.address}|${b.address}` : `${b.address}|${a.address}`;
}
