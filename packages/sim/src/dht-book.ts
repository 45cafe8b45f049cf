/**
 * The DHT (BEP 5) as one book that all its nodes write in, for what torrents make of it. How the network itself behaves is
 * simulated in `dht/`.
 */
import type { Endpoint, InfoHash } from "@torrential/core";
import type { SimNode } from "./node.ts";

/** A lookup takes some round trips. */
const LATENCY_MS = 1_000;

export class DhtBook {
  readonly #peers = new Map<InfoHash, Set<SimNode>>();

  /** Says who is in it, and writes `node` in. */
  announce(node: SimNode, infoHash: InfoHash, answer: (peers: readonly Endpoint[]) => void): void {
    node.truth.checkPublic(infoHash, "dht-announce");
    node.world.after(LATENCY_MS, () => {
      const peers = this.#peers.get(infoHash) ?? new Set();
      this.#peers.set(infoHash, peers);
      answer([...peers].filter((other) => other !== node).map(({ endpoint }) => endpoint));
      peers.add(node);
    });
  }

  /** How many have announced it. */
  countOf(infoHash: InfoHash): number {
    return this.#peers.get(infoHash)?.size ?? 0;
  }
}
