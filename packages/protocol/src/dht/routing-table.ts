/**
 * The nodes we know to be there (BEP 5), in buckets by how many leading bits of their id are ours. A bucket of 8 is full;
 * a ninth waits as a spare until one goes bad.
 *
 * Invariants (PROMISES C15): a node is here because it answered us; an address is here once; of a /24 (v6: /64) there is
 * one in a bucket, of a /16 (v6: /48) two, for whoever owns a network can make as many nodes as it likes; a node that
 * changes its id is out. Ids that fit their address (BEP 42) take the places of ids that do not.
 */
import { endpointKey, type Endpoint } from "@torrential/core";
import type { Contact } from "./contact.ts";
import {
  compareDistance,
  idKey,
  ID_BITS,
  isIdOfAddress,
  isLocalAddress,
  type Networks,
  networksOf,
  sharedBits,
} from "./node-id.ts";

/** BEP 5: "currently eight". */
export const BUCKET_SIZE = 8;
const SPARES_MAX = 8;
const WIDE_MAX = 2;
/** BEP 5: "After 15 minutes of inactivity, a node becomes questionable". */
const GOOD_FOR_MS = 900_000;
/** Asked again before others would have to call it questionable. */
const REFRESH_AFTER_MS = 600_000;
/** A node that missed an answer is asked again soon: dead ones should not stay until the next round. */
const RETRY_AFTER_MS = 30_000;
/** BEP 5: "suggested to try once more before discarding". */
const FAILURES_BAD = 2;
/** Without a spare a bad node stays for a while: it may be our own network that is down. */
const FAILURES_MAX = 6;

export interface TableNode extends Contact {
  readonly networks: Networks;
  /** Its id fits its address (BEP 42). */
  readonly isProven: boolean;
  lastAnswerAt: number;
  lastQueryAt: number;
  lastAskedAt: number;
  failures: number;
}

interface Bucket {
  readonly nodes: TableNode[];
  /** Newest last. */
  readonly spares: TableNode[];
}

export interface TableCounts {
  readonly good: number;
  /** Silent for a quarter of an hour, or missed an answer. */
  readonly questionable: number;
  readonly bad: number;
  readonly spares: number;
}

export class RoutingTable {
  readonly ownId: Uint8Array;
  /** By shared bits, made when needed: most of the 160 never are. */
  readonly #buckets: Bucket[] = [];
  /** Nodes and spares by endpoint, and those of the world by address. */
  readonly #byEndpoint = new Map<string, TableNode>();
  readonly #byAddress = new Map<string, TableNode>();
  readonly #byId = new Map<string, TableNode>();
  #size = 0;

  constructor(ownId: Uint8Array) {
    this.ownId = ownId;
  }

  /** Nodes without spares. */
  get size(): number {
    return this.#size;
  }

  /** A node answered us: the only way into the table. */
  handleAnswer(contact: Contact, now: number): void {
    const known = this.#byEndpoint.get(endpointKey(contact.endpoint));
    if (known !== undefined) {
      if (idKey(known.id) !== idKey(contact.id)) return this.#remove(known);
      known.lastAnswerAt = now;
      known.failures = 0;
      return;
    }
    if (!this.#isWelcome(contact, now)) return;
    this.#insert(makeNode(contact, now));
  }

  /** A node that may be there asked us something. Whether it is worth asking it back: it is new, and has a place. */
  handleQuery(contact: Contact, now: number): boolean {
    const known = this.#byEndpoint.get(endpointKey(contact.endpoint));
    if (known !== undefined) {
      if (idKey(known.id) === idKey(contact.id)) known.lastQueryAt = now;
      return false;
    }
    return this.hasPlaceFor(contact);
  }

  /** Whether a node would be taken in if it answered. */
  hasPlaceFor(contact: Contact): boolean {
    if (this.#byAddress.has(contact.endpoint.address) || this.#byId.has(idKey(contact.id))) return false;
    const bucket = this.#bucketOf(contact.id);
    if (bucket === undefined) return false;
    const networks = networksOf(contact.endpoint);
    if (!hasRoomForNetwork(bucket.nodes, networks)) return false;
    if (bucket.nodes.length < BUCKET_SIZE) return true;
    if (bucket.nodes.some((node) => node.failures > 0)) return true;
    return bucket.nodes.some((node) => !node.isProven) && isIdOfAddress(contact.id, contact.endpoint.address);
  }

  /** A node was asked; the least recently asked one is next to be refreshed. */
  handleAsked(endpoint: Endpoint, now: number): void {
    const known = this.#byEndpoint.get(endpointKey(endpoint));
    if (known !== undefined) known.lastAskedAt = now;
  }

  /** It did not answer. */
  handleFailure(endpoint: Endpoint): void {
    const known = this.#byEndpoint.get(endpointKey(endpoint));
    if (known === undefined) return;
    known.failures += 1;
    const bucket = this.#bucketOf(known.id);
    if (bucket === undefined || known.failures < FAILURES_BAD) return;
    if (bucket.spares.includes(known) || known.failures >= FAILURES_MAX) return this.#remove(known);
    const others = bucket.nodes.filter((node) => node !== known);
    if (bucket.spares.some((spare) => hasRoomForNetwork(others, spare.networks))) this.#remove(known);
  }

  /** Up to `count` nodes, the nearest to `target` first. `good`: those that others may be told of. */
  closest(target: Uint8Array, count: number, filter: "good" | "usable", now: number): TableNode[] {
    const shared = sharedBits(this.ownId, target);
    const found: TableNode[] = [];
    const accept = (node: TableNode): boolean =>
      filter === "good" ? node.failures === 0 && isActive(node, now) : node.failures < FAILURES_BAD;
    // Bucket `shared` is nearest to the target, then all that are nearer to us, then the farther ones one by one.
    const gather = (from: number, to: number): void => {
      const group: TableNode[] = [];
      for (let i = from; i < to; i++)
        for (const node of this.#buckets[i]?.nodes ?? []) if (accept(node)) group.push(node);
      group.sort((a, b) => compareDistance(target, a.id, b.id));
      found.push(...group);
    };
    gather(shared, shared + 1);
    if (found.length < count) gather(shared + 1, this.#buckets.length);
    for (let i = shared - 1; i >= 0 && found.length < count; i--) gather(i, i + 1);
    return found.slice(0, count);
  }

  /** The node that should be asked whether it is still there, if any should. */
  nextToRefresh(now: number): TableNode | undefined {
    let oldest: TableNode | undefined;
    for (const { nodes } of this.#buckets) {
      for (const node of nodes) {
        const quietSince = Math.max(node.lastAskedAt, node.failures > 0 ? 0 : node.lastAnswerAt);
        if (now - quietSince < (node.failures > 0 ? RETRY_AFTER_MS : REFRESH_AFTER_MS)) continue;
        if (oldest === undefined || node.lastAskedAt < oldest.lastAskedAt) oldest = node;
      }
    }
    return oldest;
  }

  /** The shared bits of the bucket that a node is in. */
  bucketOf(node: TableNode): number {
    return sharedBits(this.ownId, node.id);
  }

  /** All nodes without spares. */
  nodes(): TableNode[] {
    return this.#buckets.flatMap(({ nodes }) => nodes);
  }

  counts(now: number): TableCounts {
    const nodes = this.nodes();
    const bad = nodes.filter((node) => node.failures >= FAILURES_BAD).length;
    const good = nodes.filter((node) => node.failures === 0 && isActive(node, now)).length;
    const spares = this.#buckets.reduce((sum, bucket) => sum + bucket.spares.length, 0);
    return { good, bad, questionable: nodes.length - good - bad, spares };
  }

  /** About how many nodes the network has: a full bucket that n bits of ids lead to stands for 2^(n + 1) × 8 of them. */
  estimateNetworkSize(): number {
    const deepest = this.#buckets.findLastIndex(({ nodes }) => nodes.length === BUCKET_SIZE);
    return deepest < 0 ? this.#size : BUCKET_SIZE * 2 ** (deepest + 1);
  }

  has(endpoint: Endpoint): boolean {
    return this.#byEndpoint.has(endpointKey(endpoint));
  }

  /** Makes way where another holds this address or id, unless that one is in good standing. */
  #isWelcome(contact: Contact, now: number): boolean {
    const holders = [this.#byAddress.get(contact.endpoint.address), this.#byId.get(idKey(contact.id))];
    for (const holder of holders) {
      if (holder === undefined) continue;
      if (holder.failures === 0 && isActive(holder, now)) return false;
      this.#remove(holder);
    }
    return true;
  }

  #insert(node: TableNode): void {
    const bucket = this.#bucketOf(node.id);
    if (bucket === undefined) return;
    if (bucket.nodes.length < BUCKET_SIZE) {
      if (!hasRoomForNetwork(bucket.nodes, node.networks)) return;
      bucket.nodes.push(node);
      this.#size += 1;
      return this.#index(node);
    }
    const victim =
      bucket.nodes.find((each) => each.failures >= FAILURES_BAD) ??
      (node.isProven ? bucket.nodes.find((each) => !each.isProven) : undefined);
    const others = bucket.nodes.filter((each) => each !== victim);
    if (!hasRoomForNetwork(others, node.networks)) return;
    if (victim === undefined) return this.#keepSpare(bucket, node);
    this.#unindex(victim);
    bucket.nodes[bucket.nodes.indexOf(victim)] = node;
    this.#index(node);
  }

  #keepSpare(bucket: Bucket, node: TableNode): void {
    if (!hasRoomForNetwork(bucket.spares, node.networks)) return;
    bucket.spares.push(node);
    this.#index(node);
    const [eldest] = bucket.spares;
    if (bucket.spares.length > SPARES_MAX && eldest !== undefined) {
      bucket.spares.shift();
      this.#unindex(eldest);
    }
  }

  #remove(node: TableNode): void {
    const bucket = this.#bucketOf(node.id);
    if (bucket === undefined) return;
    this.#unindex(node);
    const spareAt = bucket.spares.indexOf(node);
    if (spareAt >= 0) return void bucket.spares.splice(spareAt, 1);
    const at = bucket.nodes.indexOf(node);
    if (at < 0) return;
    bucket.nodes.splice(at, 1);
    this.#size -= 1;
    const heir = bucket.spares.findLastIndex((spare) => hasRoomForNetwork(bucket.nodes, spare.networks));
    const [spare] = heir < 0 ? [] : bucket.spares.splice(heir, 1);
    if (spare === undefined) return;
    bucket.nodes.push(spare);
    this.#size += 1;
  }

  #index(node: TableNode): void {
    this.#byEndpoint.set(endpointKey(node.endpoint), node);
    this.#byId.set(idKey(node.id), node);
    if (!isLocalAddress(node.endpoint.address)) this.#byAddress.set(node.endpoint.address, node);
  }

  #unindex(node: TableNode): void {
    this.#byEndpoint.delete(endpointKey(node.endpoint));
    this.#byId.delete(idKey(node.id));
    if (this.#byAddress.get(node.endpoint.address) === node) this.#byAddress.delete(node.endpoint.address);
  }

  /** Undefined for our own id. */
  #bucketOf(id: Uint8Array): Bucket | undefined {
    const shared = sharedBits(this.ownId, id);
    if (shared === ID_BITS) return undefined;
    while (this.#buckets.length <= shared) this.#buckets.push({ nodes: [], spares: [] });
    return this.#buckets[shared];
  }
}

function makeNode(contact: Contact, now: number): TableNode {
  return {
    id: contact.id,
    endpoint: contact.endpoint,
    networks: networksOf(contact.endpoint),
    isProven: isIdOfAddress(contact.id, contact.endpoint.address),
    lastAnswerAt: now,
    lastQueryAt: Number.NEGATIVE_INFINITY,
    lastAskedAt: now,
    failures: 0,
  };
}

// BEP 5: good is who answered in 15 minutes, or ever answered and asked us something in 15 minutes.
function isActive(node: TableNode, now: number): boolean {
  return now - Math.max(node.lastAnswerAt, node.lastQueryAt) < GOOD_FOR_MS;
}

function hasRoomForNetwork(nodes: readonly TableNode[], networks: Networks): boolean {
  let wide = 0;
  for (const node of nodes) {
    if (node.networks.near === networks.near) return false;
    if (node.networks.wide === networks.wide) wide += 1;
  }
  return wide < WIDE_MAX;
}
