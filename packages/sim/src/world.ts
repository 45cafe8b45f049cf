/**
 * The deterministic world: one clock, one network, one seed. A run is (seed, scenario) and nothing else; its trace of
 * what went into and came out of every node is hashed, so that two runs can be told apart by 16 digits.
 */
import type { Endpoint } from "@torrential/core";
import { Clock } from "./clock.ts";
import { DEFAULT_LINK, type LinkOptions } from "./link.ts";
import { Network, type NetworkHost } from "./network.ts";
import { PagePool } from "./pages.ts";
import { SimRandom } from "./random.ts";
import { ScriptedPeer, type PeerScript } from "./scripted-peer.ts";
import type { SimTorrent } from "./torrent.ts";
import { Trace } from "./trace.ts";
import { SimTracker } from "./tracker.ts";

/** Something happened that must never happen. */
export class Violation extends Error {
  readonly atMs: number;

  constructor(message: string, atMs: number) {
    super(message);
    this.name = "Violation";
    this.atMs = atMs;
  }
}

export interface WorldOptions {
  readonly seed: number;
  /** Most unread bytes of one stream. */
  readonly windowBytes?: number;
  /** Records kept as text for the report of a failure. */
  readonly traceTailMax?: number;
}

const START_MS = 1_000_000;

export class World {
  readonly seed: number;
  readonly clock: Clock = new Clock(START_MS);
  readonly random: SimRandom;
  readonly trace: Trace;
  readonly network: Network;
  readonly pool: PagePool = new PagePool();
  readonly trackers: Map<string, SimTracker> = new Map();
  #hosts = 0;
  #steps = 0;

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    this.random = new SimRandom(options.seed);
    this.trace = new Trace({ tailMax: options.traceTailMax ?? 0 });
    this.network = new Network({
      clock: this.clock,
      random: this.random.split("network"),
      handleViolation: (message) => this.fail(message),
      ...(options.windowBytes === undefined ? {} : { windowBytes: options.windowBytes }),
    });
  }

  /** Virtual time since the beginning. */
  get elapsedMs(): number {
    return this.clock.now - START_MS;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Ends the run. */
  fail(message: string): never {
    throw new Violation(`${message} (${(this.elapsedMs / 1000).toFixed(3)} s into the run)`, this.elapsedMs);
  }

  /** Ends the run unless `condition` holds. */
  require(condition: boolean, message: string): void {
    if (!condition) this.fail(message);
  }

  /** A host with an address of its own. */
  addHost(link: Partial<LinkOptions> = {}): NetworkHost {
    this.#hosts += 1;
    const random = this.random.split(`host ${this.#hosts}`);
    const address = `45.${this.#hosts % 200}.${(this.#hosts >> 8) & 0xff}.${(this.#hosts & 0x7f) + 1}`;
    // No two paths are alike, and no two seeds have the same ones.
    const latencyMs = (link.latencyMs ?? DEFAULT_LINK.latencyMs) * random.nextBetween(0.6, 1.8);
    return this.network.addHost(address, { ...link, latencyMs });
  }

  addTracker(url = "http://tracker.test/announce"): SimTracker {
    const tracker = new SimTracker(url, { clock: this.clock, random: this.random.split(url) });
    this.trackers.set(url, tracker);
    return tracker;
  }

  /** A peer on a host of its own, or beside others on one. */
  addPeer(
    torrent: SimTorrent,
    script: PeerScript,
    link: Partial<LinkOptions> = {},
    place: { readonly host: NetworkHost; readonly port: number } = { host: this.addHost(link), port: PEER_PORT },
  ): ScriptedPeer {
    const { host, port } = place;
    const random = this.random.split(`peer ${host.address}${port === PEER_PORT ? "" : `:${port}`}`);
    const { infoHash, content } = torrent;
    return new ScriptedPeer(
      { host, port, infoHash, content, script },
      { clock: this.clock, random, network: this.network },
    );
  }

  /** Does something once, `delayMs` from now. */
  after(delayMs: number, act: () => void): void {
    this.clock.after(delayMs, act);
  }

  /** Runs until `isDone`, or for `limitMs` of virtual time; says whether it was done. */
  run(isDone: () => boolean, limitMs: number): boolean {
    const endsAt = this.clock.now + limitMs;
    while (!isDone()) {
      const next = this.clock.peek();
      if (next === undefined || next > endsAt) return false;
      this.#steps += 1;
      this.clock.step();
    }
    return true;
  }

  /** Lets virtual time pass. */
  idle(durationMs: number): void {
    let isOver = false;
    this.clock.after(durationMs, () => {
      isOver = true;
    });
    this.run(() => isOver, durationMs);
  }
}

/** Where everybody listens. */
export const PEER_PORT = 6881;

export function endpointOf(host: NetworkHost): Endpoint {
  return { address: host.address, port: PEER_PORT, family: 4 };
}
