/** A tracker of the world: keeps who announced, answers with others, and can be down or slow. */
import { infoHashFromBytes, makeEndpoint, toHex, type Endpoint } from "@torrential/core";
import type { AnnounceCommand, AnnounceFailure, AnnounceResult, ScrapeCommand, ScrapeResult } from "@torrential/engine";
import type { Clock } from "./clock.ts";
import type { SimRandom } from "./random.ts";

export type TrackerMode = "up" | "refusing" | "silent";

/** One announce as the tracker saw it. */
export interface SeenAnnounce {
  readonly at: number;
  readonly from: string;
  readonly infoHash: string;
  readonly event: AnnounceCommand["event"];
  readonly left: number;
  readonly uploaded: number;
  readonly downloaded: number;
}

interface Registered {
  readonly endpoint: Endpoint;
  left: number;
}

const SILENCE_MS = 30_000; // PROMISES: a tracker has 30 s to complete

export class SimTracker {
  readonly url: string;
  readonly #clock: Clock;
  readonly #random: SimRandom;
  readonly #swarms = new Map<string, Map<string, Registered>>();
  readonly seen: SeenAnnounce[] = [];
  mode: TrackerMode = "up";
  latencyMs = 50;
  intervalSeconds = 1800;

  constructor(url: string, deps: { readonly clock: Clock; readonly random: SimRandom }) {
    this.url = url;
    this.#clock = deps.clock;
    this.#random = deps.random;
  }

  /** Makes a peer known that never announces by itself. */
  register(infoHash: Uint8Array, endpoint: Endpoint, left: number): void {
    this.#swarm(toHex(infoHash)).set(`${endpoint.address}:${endpoint.port}`, { endpoint, left });
  }

  /** Answers once, later. */
  announce(command: AnnounceCommand, from: Endpoint, answer: (result: AnnounceResult) => void): void {
    if (this.mode === "silent") {
      this.#clock.after(SILENCE_MS, () => answer(failure("tracker-timeout", `${this.url}: no answer within 30 s`)));
      return;
    }
    if (this.mode === "refusing") {
      this.#clock.after(this.latencyMs, () =>
        answer(failure("tracker-unreachable", `${this.url}: connection refused`)),
      );
      return;
    }
    this.#clock.after(this.latencyMs, () => answer(this.#serve(command, from)));
  }

  /** Answers once, later; down, as to an announce. */
  scrape(command: ScrapeCommand, answer: (result: ScrapeResult) => void): void {
    if (this.mode !== "up") {
      const waitMs = this.mode === "silent" ? SILENCE_MS : this.latencyMs;
      this.#clock.after(waitMs, () => answer(failure("tracker-timeout", `${this.url}: no answer`)));
      return;
    }
    const entries = new Map(
      command.infoHashes.map((infoHash) => {
        const swarm = [...this.#swarm(toHex(infoHash)).values()];
        const seeders = swarm.filter((each) => each.left === 0).length;
        const leechers = swarm.length - seeders;
        return [infoHashFromBytes(infoHash), { seeders, leechers, downloaded: 0, downloaders: undefined }] as const;
      }),
    );
    this.#clock.after(this.latencyMs, () => answer({ ok: true, entries }));
  }

  #serve(command: AnnounceCommand, from: Endpoint): AnnounceResult {
    const infoHash = toHex(command.infoHash);
    const { event, left, uploaded, downloaded } = command;
    const key = `${from.address}:${from.port}`;
    this.seen.push({ at: this.#clock.now, from: key, infoHash, event, left, uploaded, downloaded });
    const swarm = this.#swarm(infoHash);
    if (event === "stopped") swarm.delete(key);
    else swarm.set(key, { endpoint: makeEndpoint(from.address, from.port), left });
    const others = [...swarm].filter(([other]) => other !== key).map(([, registered]) => registered);
    const peers = this.#random.shuffle(others).slice(0, Math.max(0, command.numWant));
    return {
      ok: true,
      from: undefined,
      response: {
        intervalSeconds: this.intervalSeconds,
        minIntervalSeconds: undefined,
        trackerId: undefined,
        seeders: others.filter((other) => other.left === 0).length,
        leechers: others.filter((other) => other.left > 0).length,
        downloaded: undefined,
        peers: peers.map((peer) => peer.endpoint),
        externalIp: undefined,
        warning: undefined,
      },
    };
  }

  #swarm(infoHash: string): Map<string, Registered> {
    const known = this.#swarms.get(infoHash);
    if (known !== undefined) return known;
    const swarm = new Map<string, Registered>();
    this.#swarms.set(infoHash, swarm);
    return swarm;
  }
}

function failure(code: "tracker-timeout" | "tracker-unreachable", message: string): AnnounceFailure {
  return { ok: false, code, message, retryInSeconds: undefined };
}
