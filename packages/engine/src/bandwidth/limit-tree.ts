/** The tree of limits as it is shown: what was set, what is in force, what passes, and who waits for whom. Plain data. */
import { endpointKey, type InfoHash } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { LimitStrategy } from "./limit-strategy.ts";
import type { GroupName, Limits } from "./limits.ts";
import type { BandwidthNode } from "./node.ts";
import type { Direction } from "./strategy.ts";

/** "global", a group's name, "torrent:INFO-HASH" or "peer:INFO-HASH/ENDPOINT". */
export type LimitNodeId = "global" | GroupName | `torrent:${string}` | `peer:${string}/${string}`;

export interface LimitTreeSide {
  /** As it was set. */
  readonly strategy: LimitStrategy;
  /** In force now; undefined for none. */
  readonly limitBytesPerSec: number | undefined;
  readonly guaranteeBytesPerSec: number | undefined;
  /** What passes, payload, over the last 3 s. */
  readonly rateBytesPerSec: number;
  /** Peers at or below it that wait for a ticket. */
  readonly waiting: number;
  /** Of those, who waits for this very node. */
  readonly blocked: number;
}

export interface LimitTreeNode {
  readonly id: LimitNodeId;
  /** For people. */
  readonly name: string;
  /** Right above it: where it shares with its siblings first, then the groups whose limits bind it too. */
  readonly parents: readonly LimitNodeId[];
  readonly weight: number;
  readonly down: LimitTreeSide;
  readonly up: LimitTreeSide;
}

/** What flows through a torrent; of one that rests, nothing. */
export interface TorrentFlow {
  readonly down: Meter;
  readonly up: Meter;
  readonly peers: Iterable<PeerFlow>;
}

interface PeerFlow {
  readonly node: BandwidthNode;
  readonly down: Meter;
  readonly up: Meter;
}

interface Meter {
  shortRate(now: Millis): number;
}

export interface LimitTreeView {
  readonly limits: Limits;
  readonly torrents: Iterable<{
    readonly infoHash: InfoHash;
    readonly node: BandwidthNode;
    readonly flow: TorrentFlow | undefined;
  }>;
}

export interface LimitTreeQuery {
  /** Default "busy": torrents with a limit of their own, or that move something, or wait. */
  readonly torrents?: "busy" | "all";
  /** Peers of this torrent too. */
  readonly peersOf?: InfoHash;
  /** This node alone, if it is there, whatever else is asked. */
  readonly id?: string;
}

/** What is counted of one direction of a node while the tree is walked. */
interface Tally {
  rate: number;
  waiting: number;
  blocked: number;
}

/** Global first, then groups, torrents, peers. */
export function describeLimitTree(view: LimitTreeView, query: LimitTreeQuery, now: Millis): readonly LimitTreeNode[] {
  return new LimitTree(view, now).list(query);
}

class LimitTree {
  readonly #view: LimitTreeView;
  readonly #now: Millis;
  readonly #tallies = new Map<BandwidthNode | GroupName, Record<Direction, Tally>>();

  constructor(view: LimitTreeView, now: Millis) {
    this.#view = view;
    this.#now = now;
    for (const torrent of view.torrents) this.#count(torrent.node, torrent.flow);
  }

  list(query: LimitTreeQuery): readonly LimitTreeNode[] {
    const { limits, torrents } = this.#view;
    const nodes = [this.#describe("global", "global", [], limits.service.root)];
    for (const name of new Set([...limits.groupNames(), ...this.#countedGroups()]))
      nodes.push(this.#describeGroup(name));
    for (const { infoHash, node, flow } of torrents) {
      const id: LimitNodeId = `torrent:${infoHash}`;
      const isAsked = query.torrents === "all" || query.id === id || this.#isBusy(node);
      if (isAsked) nodes.push(this.#describe(id, node.name, ["global", ...limits.groupsOfTorrent(node)], node));
      const hasPeers = query.peersOf === infoHash || query.id?.startsWith(`peer:${infoHash}/`) === true;
      if (hasPeers) for (const peer of flow?.peers ?? []) nodes.push(this.#describePeer(infoHash, peer.node));
    }
    return query.id === undefined ? nodes : nodes.filter(({ id }) => id === query.id);
  }

  #describeGroup(name: GroupName): LimitTreeNode {
    return this.#describe(name, name.slice(name.indexOf(":") + 1), ["global"], this.#view.limits.groupNode(name), name);
  }

  #describePeer(infoHash: InfoHash, node: BandwidthNode): LimitTreeNode {
    const { limits } = this.#view;
    const peer = limits.peerTraits(node);
    const key = peer === undefined ? node.name : endpointKey(peer.endpoint);
    const parents: LimitNodeId[] =
      node.parent === undefined ? [] : [`torrent:${infoHash}`, ...limits.groupsOfPeer(node)];
    return this.#describe(`peer:${infoHash}/${key}`, key, parents, node);
  }

  #describe(
    id: LimitNodeId,
    name: string,
    parents: readonly LimitNodeId[],
    node: BandwidthNode | undefined,
    group?: GroupName,
  ): LimitTreeNode {
    const side = (direction: Direction): LimitTreeSide => this.#describeSide(node, direction, group ?? node);
    return { id, name, parents, weight: node?.down.weight ?? 1, down: side("down"), up: side("up") };
  }

  #describeSide(
    node: BandwidthNode | undefined,
    direction: Direction,
    key: BandwidthNode | GroupName | undefined,
  ): LimitTreeSide {
    const set = node === undefined ? undefined : this.#view.limits.limitsOf(node)[direction];
    const tally = key === undefined ? undefined : this.#tallies.get(key)?.[direction];
    return {
      strategy: typeof set === "number" ? { type: "fixed", bytesPerSec: set } : (set ?? { type: "unlimited" }),
      limitBytesPerSec: node?.[direction].bucket?.rateBytesPerSec,
      guaranteeBytesPerSec: node?.[direction].assured?.rateBytesPerSec,
      rateBytesPerSec: tally?.rate ?? 0,
      waiting: tally?.waiting ?? 0,
      blocked: tally?.blocked ?? 0,
    };
  }

  /** Adds what a torrent and its peers do to everything above them. */
  #count(node: BandwidthNode, flow: TorrentFlow | undefined): void {
    const { limits } = this.#view;
    const groups = limits.groupsOfTorrent(node);
    for (const group of groups) this.#tallyOf(group);
    if (flow === undefined) return;
    for (const direction of ["down", "up"] as const) {
      const rate = flow[direction].shortRate(this.#now);
      for (const key of [node, limits.service.root, ...groups]) this.#tallyOf(key)[direction].rate += rate;
    }
    for (const peer of flow.peers) this.#countPeer(peer, [node, limits.service.root, ...groups]);
  }

  #countPeer(peer: PeerFlow, above: readonly (BandwidthNode | GroupName)[]): void {
    const groups = this.#view.limits.groupsOfPeer(peer.node);
    for (const direction of ["down", "up"] as const) {
      const rate = peer[direction].shortRate(this.#now);
      for (const key of [peer.node, ...groups]) this.#tallyOf(key)[direction].rate += rate;
      const side = peer.node[direction];
      if (side.wantedBytes === 0) continue;
      for (const key of [peer.node, ...groups, ...above]) this.#tallyOf(key)[direction].waiting += 1;
      const blocker = blockerOf(peer.node, direction);
      if (blocker !== undefined) this.#tallyOf(this.#keyOf(blocker))[direction].blocked += 1;
    }
  }

  #keyOf(node: BandwidthNode): BandwidthNode | GroupName {
    return this.#view.limits.groupNameOf(node) ?? node;
  }

  #isBusy(node: BandwidthNode): boolean {
    const { down, up } = this.#view.limits.limitsOf(node);
    if (down !== undefined || up !== undefined) return true;
    const tally = this.#tallies.get(node);
    return tally !== undefined && tally.down.rate + tally.up.rate + tally.down.waiting + tally.up.waiting > 0;
  }

  #countedGroups(): GroupName[] {
    return [...this.#tallies.keys()].filter((key): key is GroupName => typeof key === "string");
  }

  #tallyOf(key: BandwidthNode | GroupName): Record<Direction, Tally> {
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      tally = { down: { rate: 0, waiting: 0, blocked: 0 }, up: { rate: 0, waiting: 0, blocked: 0 } };
      this.#tallies.set(key, tally);
    }
    return tally;
  }
}

/** The node whose limit the peer's subtree is parked on. */
function blockerOf(peer: BandwidthNode, direction: Direction): BandwidthNode | undefined {
  for (let node: BandwidthNode | undefined = peer; node !== undefined; node = node.parent) {
    const bucket = node[direction].parkedOn;
    if (bucket !== undefined) return bucket.side.node;
  }
  return undefined;
}
