import type { Millis } from "../ports/machine.ts";
import type { BandwidthNode, NodeOptions } from "./node.ts";
import { UNLIMITED } from "./strategies/unlimited.ts";
import type { Direction, RateStrategy } from "./strategy.ts";

export interface BandwidthOptions {
  /** What download tickets are multiples of. */
  readonly quantumBytes?: number;
}

export type Reservation =
  | { readonly type: "granted"; readonly bytes: number }
  | {
      readonly type: "waiting";
      /** When to expect an answer, by today's limits; Infinity while the limit is 0. */
      readonly until: Millis;
      readonly blockedBy: BandwidthNode;
    };

/** Who may send or ask for how much, now. */
export class BandwidthService {
  readonly root: BandwidthNode = { name: "global", parent: undefined, groups: [] };

  constructor(_options: BandwidthOptions = {}) {}

  createNode(parent: BandwidthNode, name: string, options: NodeOptions = {}): BandwidthNode {
    return { name, parent, groups: options.groups ?? [] };
  }

  /** Its subtree goes with it; its waiters are forgotten. */
  removeNode(_node: BandwidthNode): void {}

  moveNode(_node: BandwidthNode, _newParent: BandwidthNode): void {}

  joinGroup(_node: BandwidthNode, _group: BandwidthNode): void {}

  leaveGroup(_node: BandwidthNode, _group: BandwidthNode): void {}

  setStrategy(_node: BandwidthNode, _direction: Direction, _strategy: RateStrategy, _now: Millis): void {}

  strategyOf(_node: BandwidthNode, _direction: Direction): RateStrategy {
    return UNLIMITED;
  }

  setWeight(_node: BandwidthNode, _direction: Direction, _weight: number): void {}

  reserve(_node: BandwidthNode, _direction: Direction, bytes: number, _now: Millis): Reservation {
    return { type: "granted", bytes };
  }

  /** The node waits no more (nothing left to ask for). Harmless when it does not wait. */
  cancel(_node: BandwidthNode, _direction: Direction): void {}

  refund(_node: BandwidthNode, _direction: Direction, _bytes: number, _now: Millis): void {}

  /** Counts bytes that passed without asking (protocol overhead, where the user wants it counted). */
  charge(_node: BandwidthNode, _direction: Direction, _bytes: number, _now: Millis): void {}

  isUnlimited(_node: BandwidthNode, _direction: Direction): boolean {
    return true;
  }

  nextTimeout(): Millis | undefined {
    return undefined;
  }

  handleTimeout(_now: Millis): void {}

  /**
   * Waiters that may reserve again now, in the order to serve them. Call after every input until it is empty:
   * `for (let ready = s.takeReady(); ready.length > 0; ready = s.takeReady()) for (const node of ready) pump(node);`
   * What was set aside for a node lapses at the next call.
   */
  takeReady(): readonly BandwidthNode[] {
    return [];
  }
}
