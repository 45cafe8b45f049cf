/**
 * One direction of the tree: who waits for which limit, and who is served next.
 *
 * Waiters stand in a queue per level, ordered by bytes served over weight: deficit round robin with the deficit kept as
 * virtual time, so that a child coming back from its own limit does not wait a whole round among 200 siblings.
 * A subtree whose limit is used up is parked on that limit's bucket and costs nothing until the bucket is due. Where many
 * are parked, at a group's limit, they are let go one at a time, in the order of its own line. A bucket that fills up while
 * one who was let go waits elsewhere is no bottleneck: then everyone goes.
 *
 * Invariant between calls: a waiter is in its parent's queue, or an ancestor-or-self is parked; a bucket with parked
 * subtrees is in `#blocked`; nobody overtakes a parked waiter at the bucket it waits for, but who was let go.
 */
import type { Millis } from "../ports/machine.ts";
import { Bucket } from "./bucket.ts";
import { IndexedHeap } from "./indexed-heap.ts";
import type { BandwidthNode, BandwidthSide } from "./node.ts";
import { Paths } from "./paths.ts";
import type { RateLimit } from "./strategy.ts";

const TURN_SECONDS = 0.000_25; // one turn's share of a fast limit: some blocks, not one, from 65 MB/s up

export type Reservation =
  | { readonly type: "granted"; readonly bytes: number }
  | {
      readonly type: "waiting";
      /** When to expect an answer, by today's limits; Infinity while the limit is 0. */
      readonly until: Millis;
      readonly blockedBy: BandwidthNode;
    };

export class Scheduler {
  readonly #root: BandwidthSide;
  readonly #downGrainBytes: number;
  readonly #blocked: IndexedHeap<Bucket> = new IndexedHeap();
  /** Served in the last takeReady; what they do not claim lapses at the next. */
  #served: BandwidthSide[] = [];
  #unclaimedCount = 0;
  #turns = 0;
  readonly #paths = new Paths();
  #now: Millis = -Infinity;

  constructor(root: BandwidthSide, downGrainBytes: number) {
    this.#root = root;
    this.#downGrainBytes = downGrainBytes;
  }

  isUnlimited(side: BandwidthSide): boolean {
    return this.#paths.of(side).length === 0;
  }

  reserve(side: BandwidthSide, bytes: number, now: Millis): Reservation {
    this.#advance(now);
    if (side.setAsideBytes > 0) return { type: "granted", bytes: this.#claim(side, bytes) };
    const path = this.#paths.of(side);
    if (path.length === 0) {
      this.#dequeue(side);
      return { type: "granted", bytes };
    }
    if (side.wantedBytes === 0 && this.#canPass(path)) {
      const granted = this.#grantable(path, bytes);
      this.#spend(side, granted);
      return { type: "granted", bytes: granted };
    }
    this.#enqueue(side, bytes);
    return this.#describeWait(path);
  }

  cancel(side: BandwidthSide): void {
    if (side.setAsideBytes > 0) this.#lapse(side);
    this.#dequeue(side);
  }

  refund(side: BandwidthSide, bytes: number, now: Millis): void {
    this.#advance(now);
    this.#giveBack(side, bytes);
  }

  charge(side: BandwidthSide, bytes: number, now: Millis): void {
    this.#advance(now);
    for (const bucket of this.#paths.of(side)) {
      bucket.fill(this.#now);
      bucket.overdraw(bytes);
      this.#reschedule(bucket);
    }
  }

  setLimit(side: BandwidthSide, limit: RateLimit, now: Millis): void {
    this.#advance(now);
    side.strategyUntil = limit.until;
    if (limit.ceilingBytesPerSec === Infinity) {
      this.#dropBucket(side);
    } else {
      if (side.bucket === undefined) {
        side.bucket = new Bucket(side, this.#now);
        this.#paths.invalidate();
      }
      side.bucket.setRate(limit.ceilingBytesPerSec, this.#now, this.#downGrainBytes);
      this.#reschedule(side.bucket);
    }
    this.#setGuarantee(side, limit.guaranteeBytesPerSec);
  }

  nextTimeout(): Millis | undefined {
    if (this.#root.isActive && this.#root.parkedOn === undefined) return this.#now;
    const dueAt = this.#blocked.peek()?.key;
    return dueAt === Infinity ? undefined : dueAt;
  }

  handleTimeout(now: Millis): void {
    this.#advance(now);
    for (
      let bucket = this.#blocked.peek();
      bucket !== undefined && bucket.key <= this.#now;
      bucket = this.#blocked.peek()
    ) {
      this.#handleDue(bucket);
    }
  }

  /**
   * Serves waiters in turn until all are parked, or one has all it asked for: it may well ask for more, and its
   * siblings must not use up its share before it could.
   */
  takeReady(): readonly BandwidthSide[] {
    for (const side of this.#served) {
      // Told, and did not come: it has nothing to ask for any more.
      if (side.setAsideBytes > 0) this.cancel(side);
    }
    this.#served = [];
    for (let side = this.#nextDue(); side !== undefined; side = this.#nextDue()) {
      this.#serve(side);
      if (side.wantedBytes === 0) break;
    }
    return this.#served;
  }

  /** Before the subtree changes place: takes its waiters out. Gives back what `attach` needs to queue them again. */
  detach(node: BandwidthNode): ReadonlyMap<BandwidthSide, number> {
    const waiters = new Map<BandwidthSide, number>();
    const side = this.#root.direction === "down" ? node.down : node.up;
    for (const member of side.subtree()) {
      if (member.wantedBytes > 0) waiters.set(member, member.wantedBytes);
      this.cancel(member);
    }
    side.parent?.assuredChildren.delete(side);
    side.virtualStart = 0;
    return waiters;
  }

  /** After the subtree has its new place. */
  attach(node: BandwidthNode, waiters: ReadonlyMap<BandwidthSide, number>): void {
    const side = this.#root.direction === "down" ? node.down : node.up;
    side.refreshAssured();
    this.#paths.invalidate();
    // Members elsewhere may be parked on a limit that binds them no more: let everyone find their place anew.
    for (let bucket = this.#blocked.peek(); bucket !== undefined; bucket = this.#blocked.peek()) {
      this.#releaseAll(bucket);
    }
    for (const [waiter, bytes] of waiters) this.#enqueue(waiter, bytes);
    this.#nextServable();
  }

  /** For good: takes its waiters out, and whoever waited for its limit is free of it. */
  forget(node: BandwidthNode): void {
    this.detach(node);
    const side = this.#root.direction === "down" ? node.down : node.up;
    for (const member of side.subtree()) {
      member.strategyUntil = Infinity;
      this.#dropBucket(member);
    }
    this.#setGuarantee(side, 0);
  }

  #advance(now: Millis): void {
    if (now > this.#now) this.#now = now;
  }

  /** Free to go at once: every level has tokens, and nobody stands in line. */
  #canPass(path: readonly Bucket[]): boolean {
    if (this.#unclaimedCount > 0 || (this.#root.isActive && this.#root.parkedOn === undefined)) {
      return false;
    }
    return this.#firstClosed(path) === undefined;
  }

  /** At least one grain (or all that is asked), at most what the poorest level has. Called with every level in credit. */
  #grantable(path: readonly Bucket[], bytes: number): number {
    let grain = Infinity;
    let room = Infinity;
    for (const bucket of path) {
      grain = Math.min(grain, bucket.grainBytes);
      room = Math.min(room, bucket.tokens);
    }
    if (bytes <= grain) return bytes;
    const most = Math.max(grain, Math.min(bytes, Math.floor(room)));
    return this.#root.direction === "down" ? most - (most % grain) : most;
  }

  #serve(side: BandwidthSide): void {
    const path = this.#paths.of(side);
    let turn = Infinity;
    let grain = Infinity;
    for (const bucket of path) {
      turn = Math.min(turn, bucket.rateBytesPerSec * TURN_SECONDS);
      grain = Math.min(grain, bucket.grainBytes);
    }
    const asked = Math.min(side.wantedBytes, Math.max(turn, grain));
    const granted = path.length === 0 ? side.wantedBytes : this.#grantable(path, Math.floor(asked));
    this.#spend(side, granted);
    if (side.setAsideBytes === 0) {
      this.#served.push(side);
      this.#unclaimedCount += 1;
    }
    side.setAsideBytes += granted;
    side.wantedBytes -= granted;
    if (side.wantedBytes === 0) this.#retire(side);
    else this.#joinLine(side);
  }

  /** Also of those whose turn it is by now. */
  #nextDue(): BandwidthSide | undefined {
    for (;;) {
      this.handleTimeout(this.#now);
      const side = this.#nextServable();
      // Who was let go may have come to another limit: then the next in its line is due.
      if (side !== undefined || (this.#blocked.peek()?.key ?? Infinity) > this.#now) return side;
    }
  }

  /** From the root down along the queues; what turns out to be out of tokens is parked on the way. */
  #nextServable(): BandwidthSide | undefined {
    let side = this.#root;
    while (side.isActive && side.parkedOn === undefined) {
      this.#paths.of(side);
      const blocker = this.#firstClosed(side.gates, side.letGoBy);
      if (blocker !== undefined) {
        this.#park(side, blocker);
        side = this.#root;
        continue;
      }
      const child = side.wantedBytes > 0 ? undefined : (this.#mostOwed(side) ?? side.queue.peek());
      if (child === undefined) return side;
      side = child;
    }
    return undefined;
  }

  /** Empty, or with others in line before us; who was let go somewhere passes all lines. */
  #firstClosed(gates: readonly Bucket[], letGoBy?: Bucket): Bucket | undefined {
    for (const bucket of gates) {
      bucket.fill(this.#now);
      if (bucket.isEmpty || (bucket.hasLine && letGoBy === undefined)) return bucket;
    }
    return undefined;
  }

  /** The child furthest below a guarantee. */
  #mostOwed(side: BandwidthSide): BandwidthSide | undefined {
    let best: BandwidthSide | undefined;
    let bestOwed = 0;
    for (const child of side.assuredChildren) {
      if (child.heapIndex < 0) continue;
      for (const assured of child.assuredBy) {
        assured.fill(this.#now);
        const owed = assured.tokens / assured.rateBytesPerSec;
        if (owed < bestOwed || (owed === bestOwed && child.assuredTurn >= (best?.assuredTurn ?? Infinity))) continue;
        best = child;
        bestOwed = owed;
      }
    }
    return best;
  }

  /** Takes tokens at every level of the path at once, and moves every level's virtual time on. */
  #spend(side: BandwidthSide, bytes: number): void {
    for (const bucket of this.#paths.of(side)) bucket.spend(bytes);
    for (let child = side, parent = child.parent; parent !== undefined; parent = child.parent) {
      this.#account(child, parent, bytes);
      accountInLines(child, bytes);
      child = parent;
    }
    for (let level: BandwidthSide | undefined = side; level !== undefined; level = level.parent) this.#endTurn(level);
  }

  #account(child: BandwidthSide, parent: BandwidthSide, bytes: number): void {
    let isAssured = false;
    for (const assured of child.assuredBy) {
      assured.fill(this.#now);
      if (assured.tokens < 0) continue;
      assured.spend(bytes);
      isAssured = true;
    }
    if (isAssured) {
      this.#turns += 1;
      child.assuredTurn = this.#turns;
      return; // as in HTB: what is guaranteed does not count against the share of the rest
    }
    // Who stands in the queue was there in time, and keeps its place though others with smaller grants went first.
    const start = child.heapIndex >= 0 ? child.virtualStart : Math.max(child.virtualStart, parent.virtualTime);
    parent.virtualTime = Math.max(parent.virtualTime, start);
    child.lastBytes = bytes;
    child.setStart(start + bytes / child.weight, parent);
  }

  #giveBack(side: BandwidthSide, bytes: number): void {
    for (const bucket of this.#paths.of(side)) {
      bucket.fill(this.#now);
      bucket.giveBack(bytes);
      this.#reschedule(bucket);
    }
    for (let child = side, parent = child.parent; parent !== undefined; parent = child.parent) {
      const earliest = Math.min(parent.virtualTime, child.virtualStart);
      child.setStart(Math.max(earliest, child.virtualStart - bytes / child.weight), parent);
      accountInLines(child, -bytes);
      child = parent;
    }
  }

  #claim(side: BandwidthSide, bytes: number): number {
    const granted = Math.min(bytes, side.setAsideBytes);
    const rest = side.setAsideBytes - granted;
    side.setAsideBytes = 0;
    this.#unclaimedCount -= 1;
    if (rest > 0) this.#giveBack(side, rest);
    return granted;
  }

  #lapse(side: BandwidthSide): void {
    this.#unclaimedCount -= 1;
    this.#giveBack(side, side.setAsideBytes);
    side.setAsideBytes = 0;
  }

  #enqueue(side: BandwidthSide, bytes: number): void {
    for (let level: BandwidthSide | undefined = side; level?.isAtRest === true; level = level.parent)
      for (const bucket of level.gates) if (bucket.side !== level) bucket.line.arrive(level);
    side.wantedBytes = bytes;
    this.#activate(side);
    this.#joinLine(side);
    this.#nextServable(); // parks it, where nothing can be served
  }

  /** At a group's limit it stands in line at once, not when its turn comes in the tree: those in line are compared. */
  #joinLine(side: BandwidthSide): void {
    for (let level: BandwidthSide | undefined = side; level !== undefined; level = level.parent) {
      if (level.letGoBy !== undefined || level.parkedOn !== undefined) return;
      const line = level.gates.find((bucket) => bucket.side !== level && bucket.hasLine);
      if (line !== undefined) return this.#park(level, line);
    }
  }

  /** Puts it into its parent's queue, and the parent into its own, up to a parked level or the root. */
  #activate(side: BandwidthSide): void {
    let child = side;
    let parent = child.parent;
    while (parent !== undefined && child.heapIndex < 0 && child.parkedOn === undefined) {
      child.setStart(Math.max(child.virtualStart, parent.virtualTime), parent);
      parent.queue.push(child);
      child = parent;
      parent = child.parent;
    }
  }

  #dequeue(side: BandwidthSide): void {
    if (side.wantedBytes === 0) return;
    side.wantedBytes = 0;
    this.#retire(side);
  }

  /** Takes levels without waiters out of their queues and parking places. */
  #retire(side: BandwidthSide): void {
    let child: BandwidthSide | undefined = side;
    while (child !== undefined && !child.isActive) {
      if (child.parkedOn !== undefined) {
        this.#unpark(child, child.parkedOn);
        return;
      }
      if (child.heapIndex >= 0) child.parent?.queue.remove(child);
      this.#endTurn(child);
      child = child.parent;
    }
  }

  #park(side: BandwidthSide, bucket: Bucket): void {
    if (side.heapIndex >= 0) side.parent?.queue.remove(side);
    side.parkedOn = bucket;
    bucket.line.add(side);
    if (bucket.heapIndex < 0) {
      bucket.key = bucket.dueAt;
      this.#blocked.push(bucket);
    }
    this.#endTurn(side);
    if (side.parent !== undefined) this.#retire(side.parent);
  }

  #unpark(side: BandwidthSide, bucket: Bucket): void {
    side.parkedOn = undefined;
    bucket.line.remove(side);
    if (bucket.line.length === 0) this.#blocked.remove(bucket);
  }

  /** The next goes; or all, when the limit is no group's, or filled up while the one that went waits for something else. */
  #handleDue(bucket: Bucket): void {
    if (bucket.side.parkedOn === bucket || bucket.line.current !== undefined) return this.#releaseAll(bucket);
    this.#letNextGo(bucket);
    this.#reschedule(bucket);
  }

  #letNextGo(bucket: Bucket): void {
    const side = bucket.line.takeNext();
    if (side === undefined) return;
    if (bucket.line.length === 0) this.#blocked.remove(bucket);
    side.parkedOn = undefined;
    side.letGoBy = bucket;
    // First among equals at every level that it enters: what its limit earns while it waits there is lost to all in line.
    side.lastBytes = 0;
    for (let level = side.parent; level?.isAtRest === true; level = level.parent) level.lastBytes = 0;
    this.#activate(side);
  }

  /** It was served, or waits no more, or for something else: the next is due, while there is something left. */
  #endTurn(side: BandwidthSide): void {
    const bucket = side.letGoBy;
    if (bucket === undefined) return;
    side.letGoBy = undefined;
    bucket.line.current = undefined;
    if (bucket.heapIndex < 0) return;
    bucket.fill(this.#now);
    this.#reschedule(bucket);
  }

  #releaseAll(bucket: Bucket): void {
    if (bucket.heapIndex >= 0) this.#blocked.remove(bucket);
    if (bucket.line.current !== undefined) this.#endTurn(bucket.line.current);
    bucket.line.isMoving = false;
    for (const side of bucket.line.takeAll()) {
      side.parkedOn = undefined;
      this.#activate(side);
    }
  }

  #reschedule(bucket: Bucket): void {
    if (bucket.heapIndex >= 0) this.#blocked.rekey(bucket, bucket.dueAt);
  }

  #dropBucket(side: BandwidthSide): void {
    if (side.bucket === undefined) return;
    const bucket = side.bucket;
    side.bucket = undefined;
    this.#paths.invalidate();
    this.#releaseAll(bucket);
  }

  #setGuarantee(side: BandwidthSide, rateBytesPerSec: number): void {
    if (rateBytesPerSec === 0) side.assured = undefined;
    else {
      side.assured ??= new Bucket(side, this.#now);
      side.assured.setRate(rateBytesPerSec, this.#now, this.#downGrainBytes);
    }
    side.refreshAssured();
    for (const member of side.node.members) member[side.direction].refreshAssured();
  }

  #describeWait(path: readonly Bucket[]): Reservation {
    let until = this.#now;
    let blockedBy = this.#root.node;
    for (const bucket of path) {
      const dueAt = bucket.dueAt;
      if (dueAt < until) continue;
      until = dueAt;
      blockedBy = bucket.side.node;
    }
    return { type: "waiting", until, blockedBy };
  }
}

/** At the limits of its groups. */
function accountInLines(side: BandwidthSide, bytes: number): void {
  for (const bucket of side.gates) if (bucket.side !== side) bucket.line.account(side, bytes);
}
