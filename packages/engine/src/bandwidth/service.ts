/**
 * Who may send or ask for how much, now: a tree of limits (global, group, torrent, peer; down and up apart) behind one
 * call, `reserve`. Nothing is polled: `nextTimeout` is the earliest instant a waiter can be served.
 */
import { BLOCK_LENGTH, TorrentialError } from "@torrential/core";
import { checkWeight } from "./check-weight.ts";
import type { Millis } from "../ports/machine.ts";
import { BandwidthNode, type NodeOptions } from "./node.ts";
import { type Reservation, Scheduler } from "./scheduler.ts";
import type { Direction, RateStrategy } from "./strategy.ts";

export interface BandwidthOptions {
  /** What download tickets are multiples of; 16 KiB, one block, when absent. */
  readonly quantumBytes?: number;
}

export type { Reservation } from "./scheduler.ts";

/** The bandwidth tree. Changes act at once; look at `nextTimeout` after each call. */
export class BandwidthService {
  readonly root: BandwidthNode = new BandwidthNode(undefined, "global", {});
  readonly #down: Scheduler;
  readonly #up: Scheduler;
  /** Sides whose strategy has another answer later. */
  readonly #changing: Set<BandwidthNode> = new Set();

  constructor(options: BandwidthOptions = {}) {
    const quantumBytes = options.quantumBytes ?? BLOCK_LENGTH;
    this.#down = new Scheduler(this.root.down, quantumBytes);
    this.#up = new Scheduler(this.root.up, quantumBytes);
  }

  /** Throws TorrentialError "weight-invalid". */
  createNode(parent: BandwidthNode, name: string, options: NodeOptions = {}): BandwidthNode {
    checkWeight(options.weight ?? 1);
    const node = new BandwidthNode(parent, name, options);
    parent.children.add(node);
    if (node.groups.length > 0) this.#reshape(node, () => {});
    return node;
  }

  /** Its subtree goes with it, its waiters are forgotten, and members of the group are free of its limit. */
  removeNode(node: BandwidthNode): void {
    this.#down.forget(node);
    this.#up.forget(node);
    node.parent?.children.delete(node);
    for (const group of node.groups) group.members.delete(node);
    for (const member of node.members) member.groups = member.groups.filter((group) => group !== node);
    this.#changing.delete(node);
  }

  /** Waiters of the subtree go on waiting, at the new place. */
  moveNode(node: BandwidthNode, newParent: BandwidthNode): void {
    if (node === this.root || isWithin(newParent, node)) {
      throw new TorrentialError("node-invalid", `cannot move ${node.name} below ${newParent.name}`);
    }
    this.#reshape(node, () => {
      node.parent?.children.delete(node);
      node.parent = newParent;
      newParent.children.add(node);
    });
  }

  /** Takes a subtree out of the tree: no limit but its own groups' binds it. `moveNode` brings it back. */
  detachNode(node: BandwidthNode): void {
    this.#reshape(node, () => {
      node.parent?.children.delete(node);
      node.parent = undefined;
    });
  }

  /** The group's limits bind the node too. It goes on sharing with its siblings by its place in the tree. */
  joinGroup(node: BandwidthNode, group: BandwidthNode): void {
    if (isWithin(group, node)) {
      throw new TorrentialError("node-invalid", `${group.name} is part of ${node.name}`);
    }
    this.#reshape(node, () => {
      node.groups = [...node.groups.filter((other) => other !== group), group];
      group.members.add(node);
    });
  }

  leaveGroup(node: BandwidthNode, group: BandwidthNode): void {
    this.#reshape(node, () => {
      node.groups = node.groups.filter((other) => other !== group);
      group.members.delete(node);
    });
  }

  /** In force from `now` on; no waiter loses its place, no connection notices. */
  setStrategy(node: BandwidthNode, direction: Direction, strategy: RateStrategy, now: Millis): void {
    node[direction].strategy = strategy;
    this.#applyStrategy(node, direction, now);
  }

  strategyOf(node: BandwidthNode, direction: Direction): RateStrategy {
    return node[direction].strategy;
  }

  /** Throws TorrentialError "weight-invalid" unless it is finite and more than 0. */
  setWeight(node: BandwidthNode, direction: Direction, weight: number): void {
    checkWeight(weight);
    node[direction].weight = weight;
  }

  /**
   * Up to `bytes` (more than 0) from all levels of the path, or from none. Download grants are whole blocks, or all of
   * a smaller rest. A node that is told to wait stands in line until `takeReady` names it; asking again changes only
   * how much it waits for.
   */
  reserve(node: BandwidthNode, direction: Direction, bytes: number, now: Millis): Reservation {
    return this.#of(direction).reserve(node[direction], bytes, now);
  }

  /** The node waits no more (nothing left to ask for). Harmless when it does not wait. */
  cancel(node: BandwidthNode, direction: Direction): void {
    this.#of(direction).cancel(node[direction]);
  }

  /** Granted bytes that will not pass: choke, reject, cancel, disconnect (before removeNode). */
  refund(node: BandwidthNode, direction: Direction, bytes: number, now: Millis): void {
    this.#of(direction).refund(node[direction], bytes, now);
  }

  /** Counts bytes that passed without asking (protocol overhead, where the user wants it counted). */
  charge(node: BandwidthNode, direction: Direction, bytes: number, now: Millis): void {
    this.#of(direction).charge(node[direction], bytes, now);
  }

  /** No level on the path limits this direction: there is no need to reserve, refund or charge. O(1). */
  isUnlimited(node: BandwidthNode, direction: Direction): boolean {
    return this.#of(direction).isUnlimited(node[direction]);
  }

  nextTimeout(): Millis | undefined {
    let next = Math.min(this.#down.nextTimeout() ?? Infinity, this.#up.nextTimeout() ?? Infinity);
    for (const node of this.#changing) {
      next = Math.min(next, node.down.strategyUntil, node.up.strategyUntil);
    }
    return next === Infinity ? undefined : next;
  }

  handleTimeout(now: Millis): void {
    for (const node of this.#changing) {
      if (node.down.strategyUntil <= now) this.#applyStrategy(node, "down", now);
      if (node.up.strategyUntil <= now) this.#applyStrategy(node, "up", now);
    }
    this.#down.handleTimeout(now);
    this.#up.handleTimeout(now);
  }

  /**
   * Waiters that may reserve again now, in the order to serve them. Call after every input until it is empty:
   * `for (let ready = s.takeReady(); ready.length > 0; ready = s.takeReady()) for (const node of ready) pump(node);`
   * Their bytes are set aside until the next call; a node that has not reserved by then is forgotten as a waiter.
   */
  takeReady(): readonly BandwidthNode[] {
    const down = this.#down.takeReady();
    const up = this.#up.takeReady();
    if (down.length === 0 && up.length === 0) return [];
    const ready = new Set<BandwidthNode>();
    for (const side of down) ready.add(side.node);
    for (const side of up) ready.add(side.node);
    return [...ready];
  }

  #of(direction: Direction): Scheduler {
    return direction === "down" ? this.#down : this.#up;
  }

  #applyStrategy(node: BandwidthNode, direction: Direction, now: Millis): void {
    const limit = node[direction].strategy.limitAt(now);
    this.#of(direction).setLimit(node[direction], limit, now);
    if (Math.min(node.down.strategyUntil, node.up.strategyUntil) === Infinity) {
      this.#changing.delete(node);
    } else {
      this.#changing.add(node);
    }
  }

  #reshape(node: BandwidthNode, change: () => void): void {
    const downWaiters = this.#down.detach(node);
    const upWaiters = this.#up.detach(node);
    change();
    this.#down.attach(node, downWaiters);
    this.#up.attach(node, upWaiters);
  }
}

function isWithin(node: BandwidthNode, ancestor: BandwidthNode): boolean {
  for (let level: BandwidthNode | undefined = node; level !== undefined; level = level.parent) {
    if (level === ancestor) return true;
  }
  return false;
}
