/** The limits that bind each node of the tree, in one direction: found once, kept until the tree or its limits change. */
import type { Bucket } from "./bucket.ts";
import type { BandwidthSide } from "./node.ts";

export class Paths {
  #version = 0;

  /** The tree's shape changed, or the set of limits. */
  invalidate(): void {
    this.#version += 1;
  }

  /** Buckets of the side, of everything above it, and of their groups. Brings `gates` up to date too. */
  // hot
  of(side: BandwidthSide): readonly Bucket[] {
    if (side.pathVersion !== this.#version) this.#find(side);
    return side.path;
  }

  #find(side: BandwidthSide): void {
    side.pathVersion = this.#version; // first, so that groups in a circle end here
    const inherited = side.parent === undefined ? [] : this.of(side.parent);
    const gates = side.bucket === undefined ? [] : [side.bucket];
    for (const group of side.node.groups) {
      for (const bucket of this.of(group[side.direction])) {
        if (!inherited.includes(bucket) && !gates.includes(bucket)) gates.push(bucket);
      }
    }
    side.gates = gates;
    side.path = gates.length === 0 ? inherited : [...inherited, ...gates];
  }
}
