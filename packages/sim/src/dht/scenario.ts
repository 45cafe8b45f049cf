/**
 * Two questions to one network of thousands of nodes: do lookups survive churn, and do they survive an attack? One run
 * answers both, since most of its cost is that all nodes find their places.
 */
import type { Endpoint } from "@torrential/core";
import { SimRandom } from "../random.ts";
import { DhtNetwork, DhtResident } from "./network.ts";
import { makeSybils } from "./sybil.ts";

export interface DhtScenarioOptions {
  readonly seed: number;
  readonly nodes: number;
  /** In each of the two parts. */
  readonly lookups: number;
  /** Share of the nodes that leave without a word between announce and lookup, and are replaced by new ones. */
  readonly churn: number;
  /** Attackers in one /16, with ids next to the targets. */
  readonly sybils: number;
}

/** What the lookups of one part came to. */
export interface LookupNumbers {
  readonly lookups: number;
  readonly found: number;
  readonly medianHops: number;
  /** Questions of one lookup. */
  readonly medianAsked: number;
  readonly p95Asked: number;
  /** Until the first peer was found. */
  readonly medianMs: number;
  readonly p95Ms: number;
}

export interface DhtScenarioResult {
  readonly churn: LookupNumbers;
  readonly attack: LookupNumbers;
  /** What a node sent, over the whole run. */
  readonly datagramsPerNodeSec: number;
  readonly bytesPerNodeSec: number;
  readonly durationMs: number;
}

const JOIN_EVERY_MS = 10;
const SETTLE_MS = 15_000;
const LOOKUP_EVERY_MS = 100;
const ROUTERS = 5;
const TORRENTS = 30;

interface Torrent {
  readonly infoHash: Uint8Array;
  readonly announcers: readonly DhtResident[];
}

export function playDhtScenario(options: DhtScenarioOptions): DhtScenarioResult {
  const random = new SimRandom(options.seed);
  const town = new Town(new DhtNetwork(random.split("network")));
  const { network } = town;
  const startedAt = network.now;
  town.grow(options.nodes);
  network.run(SETTLE_MS);
  const torrents = drawTargets(random).map((infoHash) => town.announce(infoHash));
  network.run(SETTLE_MS);
  town.replace(options.churn, torrents);
  network.run(SETTLE_MS);
  const churn = town.lookUpAll(torrents, options.lookups);

  const targets = drawTargets(random);
  makeSybils(network, { count: options.sybils, targets, routers: town.routers });
  network.run(2 * SETTLE_MS);
  const attacked = targets.map((infoHash) => town.announce(infoHash));
  network.run(SETTLE_MS);
  const attack = town.lookUpAll(attacked, options.lookups);
  const durationMs = network.now - startedAt;
  const nodeSeconds = (options.nodes * durationMs) / 1_000;
  return {
    churn,
    attack,
    datagramsPerNodeSec: network.datagramCount / nodeSeconds,
    bytesPerNodeSec: network.byteCount / nodeSeconds,
    durationMs,
  };
}

function drawTargets(random: SimRandom): Uint8Array[] {
  return Array.from({ length: TORRENTS }, () => random.nextBytes(20));
}

interface Outcome {
  readonly isFound: boolean;
  readonly hops: number;
  readonly asked: number;
  readonly tookMs: number;
}

/** The nodes that keep to the rules, and what they do. */
class Town {
  readonly network: DhtNetwork;
  readonly routers: Endpoint[] = [];
  readonly #residents: DhtResident[] = [];

  constructor(network: DhtNetwork) {
    this.network = network;
  }

  grow(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#residents.push(this.#join());
      this.network.run(JOIN_EVERY_MS);
    }
  }

  /** Two nodes announce a torrent; they are the peers to be found. */
  announce(infoHash: Uint8Array): Torrent {
    const { random } = this.network;
    const announcers = [0, 1].map(() => random.pick(this.#residents.slice(ROUTERS)));
    for (const announcer of announcers) {
      announcer.request(1, { type: "get-peers", infoHash, announce: { port: 7_000, isSeed: false } });
      this.network.run(LOOKUP_EVERY_MS);
    }
    return { infoHash, announcers };
  }

  replace(share: number, torrents: readonly Torrent[]): void {
    const kept = new Set(torrents.flatMap(({ announcers }) => announcers));
    const mortal = this.#residents.slice(ROUTERS).filter((resident) => !kept.has(resident));
    const leaving = this.network.random.shuffle(mortal).slice(0, Math.round(this.#residents.length * share));
    for (const resident of leaving) {
      resident.leave();
      this.#residents[this.#residents.indexOf(resident)] = this.#join();
      this.network.run(JOIN_EVERY_MS);
    }
  }

  lookUpAll(torrents: readonly Torrent[], count: number): LookupNumbers {
    const { random } = this.network;
    const outcomes = Array.from({ length: count }, () => this.#lookUp(random.pick(torrents)));
    this.network.run(SETTLE_MS);
    return summarize(outcomes.map((outcome) => outcome()));
  }

  #join(): DhtResident {
    const endpoint = this.network.drawEndpoint();
    const bootstrap = (): readonly Endpoint[] => this.routers.filter((router) => router !== endpoint);
    const resident = new DhtResident(this.network, { endpoint, bootstrap });
    if (this.routers.length < ROUTERS) this.routers.push(endpoint);
    return resident;
  }

  /** Starts a lookup; its outcome can be read when the network has run on. */
  #lookUp({ infoHash, announcers }: Torrent): () => Outcome {
    const { network } = this;
    const seeker = network.random.pick(this.#residents.slice(ROUTERS).filter((each) => !announcers.includes(each)));
    const request = 1_000 + network.random.nextInt(1_000_000);
    const startedAt = network.now;
    const wanted = new Set(announcers.map(({ endpoint }) => endpoint.address));
    seeker.request(request, { type: "get-peers", infoHash });
    network.run(LOOKUP_EVERY_MS);
    return () => {
      const findings = seeker.findings.filter((finding) => finding.request === request);
      const first = findings.find(
        (finding) => finding.type === "peers" && finding.peers.some(({ address }) => wanted.has(address)),
      );
      const done = findings.find(({ type }) => type === "done");
      const report = done?.type === "done" ? done.report : undefined;
      return {
        isFound: first !== undefined,
        hops: report?.hops ?? 0,
        asked: report?.askedCount ?? 0,
        tookMs: (first?.at ?? network.now) - startedAt,
      };
    };
  }
}

function summarize(outcomes: readonly Outcome[]): LookupNumbers {
  const values = (of: (outcome: Outcome) => number): number[] => outcomes.map(of).toSorted((a, b) => a - b);
  const quantile = (sorted: readonly number[], share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const asked = values((outcome) => outcome.asked);
  const tookMs = values((outcome) => outcome.tookMs);
  return {
    lookups: outcomes.length,
    found: outcomes.filter(({ isFound }) => isFound).length,
    medianHops: quantile(
      values((outcome) => outcome.hops),
      0.5,
    ),
    medianAsked: quantile(asked, 0.5),
    p95Asked: quantile(asked, 0.95),
    medianMs: quantile(tookMs, 0.5),
    p95Ms: quantile(tookMs, 0.95),
  };
}
