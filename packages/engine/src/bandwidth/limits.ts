/**
 * What a user limits, on the tree that the service counts with: everything, groups, torrents, peers. Strategies come as
 * plain data, can be read back, and are replaced at any time. A group (a tag's torrents, a category's, a tracker's, the
 * peers of the LAN, of a transport) is a node only while it has a limit; who belongs to it joins and leaves by itself.
 */
import { classifyIp, type Endpoint, endpointKey } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { Transport } from "../ports/network.ts";
import { type RateLimits, toStrategy } from "./limit-strategy.ts";
import type { BandwidthNode } from "./node.ts";
import { BandwidthService } from "./service.ts";

/**
 * Those with a colon hold torrents, the others peers. "category:a" holds the torrents of "a/b" too. Nobody is in "utp" until
 * there is a driver for it.
 */
export type GroupName = `tag:${string}` | `category:${string}` | `tracker:${string}` | PeerGroupName;

export type PeerGroupName = "lan" | "wan" | "ipv4" | "ipv6" | Transport;

/** What a user sorts a torrent by. */
export interface Labels {
  readonly tags?: readonly string[] | undefined;
  /** Parts separated by "/". */
  readonly category?: string | undefined;
}

export interface LimitOptions {
  /** False: peers of the local network pass without any limit but their own. Default true. */
  readonly limitLan?: boolean;
  /** True: what the protocol and TCP/IP cost counts against the limits too. Default false: payload alone. */
  readonly countOverhead?: boolean;
}

export interface PeerTraits {
  readonly endpoint: Endpoint;
  readonly transport: Transport;
}

interface TorrentEntry {
  /** Of its labels. */
  groups: readonly GroupName[];
  trackers: readonly GroupName[];
  /** Also for peers that are not connected now, by endpoint. */
  readonly peers: Map<string, RateLimits>;
}

interface PeerEntry extends PeerTraits {
  readonly owner: BandwidthNode;
  readonly isLan: boolean;
}

const NONE: RateLimits = {};

export class Limits {
  readonly service: BandwidthService = new BandwidthService();
  readonly #set = new Map<BandwidthNode, RateLimits>();
  readonly #groups = new Map<GroupName, BandwidthNode>();
  readonly #torrents = new Map<BandwidthNode, TorrentEntry>();
  readonly #peers = new Map<BandwidthNode, PeerEntry>();
  #options: Required<LimitOptions> = { limitLan: true, countOverhead: false };

  get options(): Required<LimitOptions> {
    return this.#options;
  }

  /** Replaces what limits a node. Throws TorrentialError "rate-invalid", "schedule-invalid" or "weight-invalid". */
  set(node: BandwidthNode, limits: RateLimits, now: Millis): void {
    const strategies = { down: toStrategy(limits.down), up: toStrategy(limits.up) };
    this.#set.set(node, limits);
    for (const direction of ["down", "up"] as const) {
      this.service.setStrategy(node, direction, strategies[direction], now);
      if (limits.weight !== undefined) this.service.setWeight(node, direction, limits.weight);
    }
  }

  /** As it was set. */
  limitsOf(node: BandwidthNode): RateLimits {
    return this.#set.get(node) ?? NONE;
  }

  // ---- torrents

  addTorrent(name: string, trackers: readonly (readonly string[])[]): BandwidthNode {
    const node = this.service.createNode(this.service.root, name);
    const groups = trackerGroups(trackers);
    this.#torrents.set(node, { groups: [], trackers: groups, peers: new Map() });
    this.#join(node, groups);
    return node;
  }

  setLabels(torrent: BandwidthNode, labels: Labels): void {
    const entry = this.#torrents.get(torrent);
    if (entry === undefined) return;
    const groups = labelGroups(labels);
    this.#regroup(torrent, entry.groups, groups);
    entry.groups = groups;
  }

  setTrackers(torrent: BandwidthNode, trackers: readonly (readonly string[])[]): void {
    const entry = this.#torrents.get(torrent);
    if (entry === undefined) return;
    const groups = trackerGroups(trackers);
    this.#regroup(torrent, entry.trackers, groups);
    entry.trackers = groups;
  }

  removeTorrent(torrent: BandwidthNode): void {
    this.#torrents.delete(torrent);
    this.#remove(torrent);
  }

  // ---- peers

  addPeer(owner: BandwidthNode, traits: PeerTraits, now: Millis): BandwidthNode {
    const isLan = classifyIp(traits.endpoint.address) !== "public";
    const key = endpointKey(traits.endpoint);
    const node = this.service.createNode(owner, `peer ${key}`);
    const { endpoint, transport } = traits;
    this.#peers.set(node, { endpoint, transport, owner, isLan });
    const limits = this.#torrents.get(owner)?.peers.get(key);
    if (limits !== undefined) this.set(node, limits, now);
    else if (isLan && !this.#options.limitLan) {
      this.service.detachNode(node);
      return node;
    }
    this.#join(node, groupsOf(this.#peers.get(node)));
    return node;
  }

  removePeer(peer: BandwidthNode): void {
    this.#peers.delete(peer);
    this.#remove(peer);
  }

  /** Also of a peer that is not connected: it will be limited when it is. */
  setPeer(owner: BandwidthNode, endpoint: Endpoint, limits: RateLimits, now: Millis): void {
    toStrategy(limits.down);
    toStrategy(limits.up);
    const key = endpointKey(endpoint);
    this.#torrents.get(owner)?.peers.set(key, limits);
    for (const [node, peer] of this.#peers) {
      if (peer.owner !== owner || endpointKey(peer.endpoint) !== key) continue;
      // Whoever has a limit of its own is not passed by as one of the LAN.
      if (node.parent === undefined) this.#bind(node, peer);
      this.set(node, limits, now);
    }
  }

  peerLimits(owner: BandwidthNode, endpoint: Endpoint): RateLimits {
    return this.#torrents.get(owner)?.peers.get(endpointKey(endpoint)) ?? NONE;
  }

  /** The torrent of a peer's node. */
  ownerOf(peer: BandwidthNode): BandwidthNode | undefined {
    return this.#peers.get(peer)?.owner;
  }

  // ---- groups

  setGroup(name: GroupName, limits: RateLimits, now: Millis): void {
    const known = this.#groups.get(name);
    const isLimited = limits.down !== undefined || limits.up !== undefined;
    if (known !== undefined && isLimited) return this.set(known, limits, now);
    if (known !== undefined) this.#dissolve(name, known);
    if (!isLimited) return;
    const node = this.service.createNode(this.service.root, name);
    this.set(node, limits, now);
    this.#groups.set(name, node);
    for (const [torrent, entry] of this.#torrents)
      if (entry.groups.includes(name) || entry.trackers.includes(name)) this.service.joinGroup(torrent, node);
    for (const [peer, entry] of this.#peers)
      if (peer.parent !== undefined && (groupsOf(entry) as readonly GroupName[]).includes(name))
        this.service.joinGroup(peer, node);
  }

  /** Of every group that is limited. */
  groupLimits(): ReadonlyMap<GroupName, RateLimits> {
    return new Map(Array.from(this.#groups, ([name, node]) => [name, this.limitsOf(node)]));
  }

  /** Returns the peers that are bound by other limits from now on. */
  setOptions(options: LimitOptions): readonly BandwidthNode[] {
    const before = this.#options;
    this.#options = { ...before, ...options };
    if (this.#options.limitLan === before.limitLan) return [];
    const changed: BandwidthNode[] = [];
    for (const [node, peer] of this.#peers) {
      if (!peer.isLan || this.#set.has(node)) continue;
      if (this.#options.limitLan) this.#bind(node, peer);
      else this.#free(node, peer);
      changed.push(node);
    }
    return changed;
  }

  // ---- what is where

  /** Groups that are limited, and those that hold somebody. */
  groupNames(): ReadonlySet<GroupName> {
    const names = new Set(this.#groups.keys());
    for (const { groups, trackers } of this.#torrents.values())
      for (const name of [...groups, ...trackers]) names.add(name);
    for (const peer of this.#peers.values()) for (const name of groupsOf(peer)) names.add(name);
    return names;
  }

  /** Undefined while the group is not limited. */
  groupNode(name: GroupName): BandwidthNode | undefined {
    return this.#groups.get(name);
  }

  groupNameOf(node: BandwidthNode): GroupName | undefined {
    for (const [name, group] of this.#groups) if (group === node) return name;
    return undefined;
  }

  groupsOfTorrent(torrent: BandwidthNode): readonly GroupName[] {
    const entry = this.#torrents.get(torrent);
    return entry === undefined ? [] : [...entry.groups, ...entry.trackers];
  }

  groupsOfPeer(peer: BandwidthNode): readonly GroupName[] {
    return groupsOf(this.#peers.get(peer));
  }

  peerTraits(peer: BandwidthNode): PeerTraits | undefined {
    return this.#peers.get(peer);
  }

  #regroup(node: BandwidthNode, before: readonly GroupName[], after: readonly GroupName[]): void {
    for (const name of before) if (!after.includes(name)) this.#leave(node, name);
    this.#join(
      node,
      after.filter((name) => !before.includes(name)),
    );
  }

  /** Nobody is in it any more, and its limit is gone. */
  #dissolve(name: GroupName, group: BandwidthNode): void {
    for (const node of [...this.#torrents.keys(), ...this.#peers.keys()])
      if (node.groups.includes(group)) this.service.leaveGroup(node, group);
    this.#groups.delete(name);
    this.#remove(group);
  }

  #bind(node: BandwidthNode, peer: PeerEntry): void {
    this.service.moveNode(node, peer.owner);
    this.#join(node, groupsOf(peer));
  }

  /** Nothing binds it, its groups neither. */
  #free(node: BandwidthNode, peer: PeerEntry): void {
    for (const name of groupsOf(peer)) this.#leave(node, name);
    this.service.detachNode(node);
  }

  #join(node: BandwidthNode, names: readonly GroupName[]): void {
    for (const name of names) {
      const group = this.#groups.get(name);
      if (group !== undefined) this.service.joinGroup(node, group);
    }
  }

  #leave(node: BandwidthNode, name: GroupName): void {
    const group = this.#groups.get(name);
    if (group !== undefined) this.service.leaveGroup(node, group);
  }

  #remove(node: BandwidthNode): void {
    this.#set.delete(node);
    this.service.removeNode(node);
  }
}

function groupsOf(peer: PeerEntry | undefined): readonly PeerGroupName[] {
  if (peer === undefined) return [];
  return [peer.isLan ? "lan" : "wan", peer.transport, peer.endpoint.family === 4 ? "ipv4" : "ipv6"];
}

function trackerGroups(trackers: readonly (readonly string[])[]): readonly GroupName[] {
  return [...new Set(trackers.flat().map(hostOf))].map((host): GroupName => `tracker:${host}`);
}

/** A category's limit binds those below it, too. */
function labelGroups({ tags = [], category = "" }: Labels): readonly GroupName[] {
  const parts = category === "" ? [] : category.split("/");
  const categories = parts.map((_, index): GroupName => `category:${parts.slice(0, index + 1).join("/")}`);
  return [...tags.map((tag): GroupName => `tag:${tag}`), ...categories];
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}
