import type { Millis } from "../ports/machine.ts";
import type { Bucket } from "./bucket.ts";
import { type HeapItem, IndexedHeap } from "./indexed-heap.ts";
import { UNLIMITED } from "./strategies/unlimited.ts";
import type { Direction, RateStrategy } from "./strategy.ts";

export interface NodeOptions {
  /** Share among its siblings, against their 1. More than 0; both directions. */
  readonly weight?: number;
  readonly groups?: readonly BandwidthNode[];
}

/** A level of the tree: the whole client, a group, a torrent, a peer. Made and changed by the service alone. */
export class BandwidthNode {
  readonly name: string;
  /** Where it competes with its siblings. Undefined for the root. */
  parent: BandwidthNode | undefined;
  /** Further groups whose limits bind it: by tag, tracker, LAN/WAN, transport. */
  groups: readonly BandwidthNode[];
  readonly children: Set<BandwidthNode> = new Set();
  /** Those whose group it is. */
  readonly members: Set<BandwidthNode> = new Set();
  readonly down: BandwidthSide;
  readonly up: BandwidthSide;

  constructor(parent: BandwidthNode | undefined, name: string, options: NodeOptions) {
    this.name = name;
    this.parent = parent;
    this.groups = options.groups ?? [];
    for (const group of this.groups) group.members.add(this);
    const weight = options.weight ?? 1;
    this.down = new BandwidthSide(this, "down", weight);
    this.up = new BandwidthSide(this, "up", weight);
  }
}

/** One direction of a node: its limit, its place among its siblings, and what it waits for. */
export class BandwidthSide implements HeapItem {
  readonly node: BandwidthNode;
  readonly direction: Direction;
  weight: number;
  strategy: RateStrategy = UNLIMITED;
  /** When to ask the strategy again. */
  strategyUntil: Millis = Infinity;
  /** The ceiling; undefined when there is none. */
  bucket: Bucket | undefined = undefined;
  /** The guarantee; undefined when there is none. */
  assured: Bucket | undefined = undefined;
  /** Guarantees that it is served by: its own, and those of its groups. */
  assuredBy: readonly Bucket[] = [];
  /** When it was last served by one: members of a group take turns. */
  assuredTurn = 0;
  readonly assuredChildren: Set<BandwidthSide> = new Set();

  /** Virtual time at which its next grant begins: bytes served over weight. */
  virtualStart = 0;
  /** Where that grant ends, if it is as large as the last. The smallest goes first. */
  key = 0;
  lastBytes = 0;
  heapIndex = -1;
  /** Children with waiters that are not parked, by their virtual time. */
  readonly queue: IndexedHeap<BandwidthSide> = new IndexedHeap();
  /** Virtual time of this node's queue: no grant that was made began later. */
  virtualTime = 0;

  /** What this node itself still waits for. */
  wantedBytes = 0;
  /** Already paid for, and waiting to be claimed. */
  setAsideBytes = 0;
  /** The limit this subtree waits for. */
  parkedOn: Bucket | undefined = undefined;
  /** The limit at which it has its turn, until it is served. */
  letGoBy: Bucket | undefined = undefined;

  /** Buckets of all ancestors and groups, its own included; valid for `pathVersion`. */
  path: readonly Bucket[] = [];
  /** Those of them that are not on the parent's path. */
  gates: readonly Bucket[] = [];
  pathVersion = -1;

  constructor(node: BandwidthNode, direction: Direction, weight: number) {
    this.node = node;
    this.direction = direction;
    this.weight = weight;
  }

  get parent(): BandwidthSide | undefined {
    return this.node.parent?.[this.direction];
  }

  /** Something in this subtree waits and is not parked below this level. */
  get isActive(): boolean {
    return this.wantedBytes > 0 || this.queue.size > 0;
  }

  /** Nothing in this subtree waits. */
  get isAtRest(): boolean {
    return !this.isActive && this.parkedOn === undefined;
  }

  /** Where its next grant begins; the queue above follows. */
  setStart(start: number, parent: BandwidthSide): void {
    this.virtualStart = start;
    const key = start + this.lastBytes / this.weight;
    if (this.heapIndex >= 0) parent.queue.rekey(this, key);
    else this.key = key;
  }

  /** After a guarantee of it or of its groups came, went or moved. */
  refreshAssured(): void {
    const own = this.assured === undefined ? [] : [this.assured];
    this.assuredBy = [...own, ...this.node.groups.flatMap((group) => group[this.direction].assured ?? [])];
    if (this.assuredBy.length > 0) this.parent?.assuredChildren.add(this);
    else this.parent?.assuredChildren.delete(this);
  }

  *subtree(): Generator<BandwidthSide> {
    yield this;
    for (const child of this.node.children) yield* child[this.direction].subtree();
  }
}
