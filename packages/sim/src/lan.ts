/** A local network: those on it hear of each other's torrents (BEP 14), whatever else they know. */
import type { InfoHash } from "@torrential/core";
import type { LocalCommand } from "@torrential/engine";
import type { SimNode } from "./node.ts";

const LATENCY_MS = 1_000;

export class Lan {
  readonly #members = new Map<InfoHash, Set<SimNode>>();

  obey(node: SimNode, { type, infoHash }: LocalCommand): void {
    const members = this.#members.get(infoHash) ?? new Set();
    this.#members.set(infoHash, members);
    if (type === "local-leave") {
      members.delete(node);
      return;
    }
    members.add(node);
    node.world.after(LATENCY_MS, () => {
      for (const other of members) if (other !== node) tell(other, infoHash, node);
    });
  }
}

function tell(node: SimNode, infoHash: InfoHash, peer: SimNode): void {
  if (node.isUp) node.command({ type: "add-peers", infoHash, peers: [peer.endpoint], source: "lsd" });
}
