/** What a transfer says of the network itself: whether peers reach us, and how the DHT is. Each is said when it changes. */
import type { Client, DhtStats, Reachability } from "@torrential/node";
import type { Reporter } from "../report/reporter.ts";

/** Tables change all the time; that is said so often at most. */
const DHT_EVERY_MS = 10_000;

export class NetworkNews {
  readonly #reporter: Reporter;
  #reachability: Reachability["status"] = "unknown";
  #dht = "";
  #dhtAtMs = Number.NEGATIVE_INFINITY;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /** A DHT that was wanted and is not there: magnet links may find nobody without it. Call once, when all is open. */
  begin(client: Pick<Client, "dhtProblem">): void {
    const problem = client.dhtProblem;
    if (problem === undefined) return;
    this.#reporter.handleEvent({ event: "dht", problem, families: [] });
    this.#reporter.handleNote(`there is no DHT to find peers in: ${problem}`);
  }

  tick(client: Pick<Client, "reachability" | "dht">, nowMs: number): void {
    this.#tellReachability(client.reachability());
    if (client.dht !== undefined && nowMs - this.#dhtAtMs >= DHT_EVERY_MS) this.#tellDht(client.dht.stats(), nowMs);
  }

  #tellReachability({ status, because, externalAddresses }: Reachability): void {
    if (status === this.#reachability) return;
    this.#reachability = status;
    const addresses = externalAddresses.map(({ address }) => address);
    this.#reporter.handleEvent({ event: "reachability", status, because, addresses });
  }

  #tellDht({ port, families }: DhtStats, nowMs: number): void {
    const shown = families.map(({ family, nodes, reachable, because, externalAddress }) => {
      return { family, good: nodes.good, bad: nodes.bad, reachable, because, externalAddress };
    });
    const said = JSON.stringify(shown);
    if (said === this.#dht) return;
    this.#dht = said;
    this.#dhtAtMs = nowMs;
    this.#reporter.handleEvent({ event: "dht", port, families: shown });
  }
}
