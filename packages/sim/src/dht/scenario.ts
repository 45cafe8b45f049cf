/** Two questions to a network of 2,000 nodes: does it survive churn, and does it survive an attack? */
import type { Endpoint } from "@torrential/core";
import { SimRandom } from "../random.ts";
import { DhtNetwork, DhtResident } from "./network.ts";
import { makeSybils } from "./sybil.ts";

export interface DhtScenarioOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly lookups: number;
  /** Share of the nodes that leave without a word, and are replaced by new ones, between announce and lookup. */
  readonly churn: number;
  /** Attackers in one /16, with ids next to the target. */
  readonly sybils: number;
}

export interface DhtScenarioResult {
  readonly lookups: number;
  readonly found: number;
  readonly medianHops: number;
  /** Questions that one lookup asked. */
  readonly medianAsked: number;
  readonly p95Asked: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Datagrams a second that a node sent, over the whole run. */
  readonly datagramsPerNodeSec: number;
  readonly bytesPerNodeSec: number;
  readonly durationMs: number;
}

const JOIN_EVERY_MS = 15;
const SETTLE_MS = 20_000;
const LOOKUP_EVERY_MS = 250;
const ROUTERS = 5;
const TORRENTS = 40;

interface Torrent {
  readonly infoHash: Uint8Array;
  readonly announcers: readonly DhtResident[];
}

export function playDhtScenario(options: DhtScenarioOptions): DhtScenarioResult {
  const random = new SimRandom(options.seed);
  const network = new DhtNetwork(random.split("network"));
  const startedAt = network.now;
  const population: DhtResident[] = [];
  const routers: Endpoint[] = [];
  const join = (): DhtResident => {
    const endpoint = network.drawEndpoint();
    const bootstrap = (): readonly Endpoint[] => routers.filter((router) => router !== endpoint);
    const resident = new DhtResident(network, { endpoint, bootstrap });
    if (routers.length < ROUTERS) routers.push(endpoint);
    return resident;
  };
  for (let i = 0; i < options.nodes; i++) {
    population.push(join());
    network.run(JOIN_EVERY_MS);
  }
  network.run(SETTLE_MS);
  const infoHashes = Array.from({ length: TORRENTS }, () => random.nextBytes(20));
  if (options.sybils > 0) makeSybils(network, { count: options.sybils, targets: infoHashes, routers });
  network.run(SETTLE_MS);
  const torrents = infoHashes.map((infoHash) => announce(network, population, infoHash));
  network.run(SETTLE_MS);
  replace(options.churn, population, network, torrents, join);
  network.run(SETTLE_MS);
  const lookups = Array.from({ length: options.lookups }, () => lookUp(network, population, random.pick(torrents)));
  network.run(SETTLE_MS);
  const seconds = (network.now - startedAt) / 1_000;
  return {
    ...summarize(lookups.map((each) => each())),
    datagramsPerNodeSec: network.datagramCount / options.nodes / seconds,
    bytesPerNodeSec: network.byteCount / options.nodes / seconds,
    durationMs: network.now - startedAt,
  };
}

/** Two nodes announce a torrent; they are the peers to be found. */
function announce(network: DhtNetwork, population: readonly DhtResident[], infoHash: Uint8Array): Torrent {
  const announcers = [0, 1].map(() => network.random.pick(population.slice(ROUTERS)));
  for (const announcer of announcers) {
    announcer.request(1, { type: "get-peers", infoHash, announce: { port: 7_000, isSeed: false } });
    network.run(LOOKUP_EVERY_MS);
  }
  return { infoHash, announcers };
}

function replace(
  share: number,
  population: DhtResident[],
  network: DhtNetwork,
  torrents: readonly Torrent[],
  join: () => DhtResident,
): void {
  const kept = new Set(torrents.flatMap(({ announcers }) => announcers));
  const leaving = network.random
    .shuffle(population.slice(ROUTERS).filter((resident) => !kept.has(resident)))
    .slice(0, Math.round(population.length * share));
  for (const resident of leaving) {
    resident.leave();
    population[population.indexOf(resident)] = join();
    network.run(JOIN_EVERY_MS);
  }
}

interface Outcome {
  readonly isFound: boolean;
  readonly hops: number;
  readonly asked: number;
  readonly tookMs: number;
}

/** Starts a lookup; its outcome can be read when the network has run on. */
function lookUp(network: DhtNetwork, population: readonly DhtResident[], torrent: Torrent): () => Outcome {
  const seeker = network.random.pick(population.slice(ROUTERS).filter((each) => !torrent.announcers.includes(each)));
  const request = 1_000 + network.random.nextInt(1_000_000);
  const startedAt = network.now;
  let firstAt: number | undefined;
  seeker.request(request, { type: "get-peers", infoHash: torrent.infoHash });
  const wanted = new Set(torrent.announcers.map(({ endpoint }) => endpoint.address));
  const watch = (): void => {
    const isFound = seeker.findings.some(
      (finding) =>
        finding.type === "peers" &&
        finding.request === request &&
        finding.peers.some(({ address }) => wanted.has(address)),
    );
    if (isFound) firstAt ??= network.now;
    else if (network.now - startedAt < SETTLE_MS) network.clock.after(50, watch);
  };
  watch();
  network.run(LOOKUP_EVERY_MS);
  return () => {
    const done = seeker.findings.find((finding) => finding.type === "done" && finding.request === request);
    const report = done?.type === "done" ? done.report : undefined;
    return {
      isFound: firstAt !== undefined,
      hops: report?.hops ?? 0,
      asked: report?.askedCount ?? 0,
      tookMs: (firstAt ?? network.now) - startedAt,
    };
  };
}

function summarize(
  outcomes: readonly Outcome[],
): Omit<DhtScenarioResult, "datagramsPerNodeSec" | "bytesPerNodeSec" | "durationMs"> {
  const asked = outcomes.map((outcome) => outcome.asked);
  const tookMs = outcomes.map((outcome) => outcome.tookMs);
  return {
    lookups: outcomes.length,
    found: outcomes.filter(({ isFound }) => isFound).length,
    medianHops: quantile(
      outcomes.map(({ hops }) => hops),
      0.5,
    ),
    medianAsked: quantile(asked, 0.5),
    p95Asked: quantile(asked, 0.95),
    medianMs: quantile(tookMs, 0.5),
    p95Ms: quantile(tookMs, 0.95),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
