/** The order of torrents, and whose turn it is. */
import type { ServiceContext } from "./context.ts";
import type { Editor } from "./editing.ts";
import type { Entry } from "./entry.ts";
import { ServiceError } from "./errors.ts";
import { planQueue, type QueueItem, type QueueLimits } from "./queue-plan.ts";
import type { Runner } from "./runner.ts";
import type { BulkResult, QueueService, TorrentRef } from "./service.ts";

/** Below the slow rates for so long, a torrent is slow. */
const SLOW_AFTER_MS = 60_000;

export class Queue implements QueueService {
  readonly #context: ServiceContext;
  readonly #editor: Editor;
  readonly #runner: Runner;
  /** Since when each was below the slow rates, monotonic. */
  readonly #slowSince = new WeakMap<Entry, number>();
  readonly #gaveWayAt = new WeakMap<Entry, number>();
  #wasEnabled = false;

  constructor(context: ServiceContext, editor: Editor, runner: Runner) {
    this.#context = context;
    this.#editor = editor;
    this.#runner = runner;
  }

  async move(refs: readonly TorrentRef[], to: "top" | "up" | "down" | "bottom"): Promise<BulkResult> {
    this.#needEnabled();
    const order = this.#inOrder();
    const known = refs.flatMap((ref) => this.#context.model.find(ref) ?? []);
    const group = new Set(known);
    const moved = reorder(order, group, to);
    await this.#store(order, moved);
    this.tick();
    const failed = refs
      .filter((ref) => this.#context.model.find(ref) === undefined)
      .map((ref) => ({ ref, code: "not-found", message: `There is no torrent ${ref}` }));
    return { done: known.map(({ infoHash }) => infoHash), failed };
  }

  async moveTo(ref: TorrentRef, position: number): Promise<void> {
    this.#needEnabled();
    const entry = this.#editor.need(ref);
    const order = this.#inOrder();
    const rest = order.filter((each) => each !== entry);
    const waiting = rest.filter((each) => !each.progress.isComplete);
    const next = waiting[Math.max(0, position - 1)];
    const at = next === undefined ? rest.length : rest.indexOf(next);
    await this.#store(order, [...rest.slice(0, at), entry, ...rest.slice(at)]);
    this.tick();
  }

  /** Gives and takes turns. Call once a second, and when something started, stopped or ended. */
  tick(): void {
    const limits = this.#limits();
    if (!limits.isEnabled && !this.#wasEnabled) return;
    this.#wasEnabled = limits.isEnabled;
    const order = this.#inOrder();
    const items = order.filter(({ record, problem }) => record.intent === "start" && problem === undefined);
    const plan = items.map((entry) => this.#toItem(entry));
    const turns = planQueue(plan, limits);
    this.#noteWhoGaveWay(plan, turns);
    let position = 0;
    for (const entry of order) {
      const isTurn = turns.has(entry) || entry.record.intent !== "start";
      const isInQueue = limits.isEnabled && !entry.progress.isComplete;
      if (isInQueue) position += 1;
      const queuePosition = isInQueue ? position : 0;
      if (isTurn === entry.isTurn && queuePosition === entry.queuePosition) continue;
      entry.isTurn = isTurn;
      entry.queuePosition = queuePosition;
      this.#context.model.touch(entry);
      this.#runner.consider(entry);
    }
    this.#runner.pump();
  }

  /** Without it, who gave way would be first in the queue again a second later. */
  #noteWhoGaveWay(plan: readonly QueueItem<Entry>[], turns: ReadonlySet<Entry>): void {
    for (const { key, isRunning, isStale } of plan) {
      if (turns.has(key)) this.#gaveWayAt.delete(key);
      else if (isRunning && isStale) this.#gaveWayAt.set(key, this.#context.clock.now());
    }
  }

  #toItem(entry: Entry): QueueItem<Entry> {
    const settings = this.#context.settings();
    const now = this.#context.clock.now();
    const { isComplete } = entry.progress;
    const isRunning = entry.phase === "running" || entry.phase === "loading";
    const rate = isComplete ? (entry.live?.upRate ?? 0) : (entry.live?.downRate ?? 0);
    const isBelow = isRunning && rate < settings[isComplete ? "queue.slow_up" : "queue.slow_down"];
    if (!isBelow) this.#slowSince.delete(entry);
    else if (!this.#slowSince.has(entry)) this.#slowSince.set(entry, now);
    const rotateMs = settings["queue.rotate_minutes"] * 60_000;
    const quietMs = entry.quietSince === undefined ? 0 : now - entry.quietSince;
    const gaveWayAt = this.#gaveWayAt.get(entry);
    return {
      key: entry,
      isComplete,
      isRunning,
      isSlow: isBelow && now - (this.#slowSince.get(entry) ?? now) >= SLOW_AFTER_MS,
      isStale: !isComplete && rotateMs > 0 && (isRunning ? quietMs >= rotateMs : gaveWayAt !== undefined),
      gaveWayAt,
    };
  }

  #limits(): QueueLimits {
    const settings = this.#context.settings();
    const max = (key: "queue.downloads_max" | "queue.seeds_max" | "queue.active_max"): number =>
      settings[key] === 0 ? Infinity : settings[key];
    return {
      isEnabled: settings["queue.enabled"],
      downloadsMax: max("queue.downloads_max"),
      seedsMax: max("queue.seeds_max"),
      activeMax: max("queue.active_max"),
    };
  }

  #inOrder(): Entry[] {
    return [...this.#context.model.entries].toSorted(
      (a, b) => a.record.queueOrder - b.record.queueOrder || a.record.id - b.record.id,
    );
  }

  /** Only those whose number must change are written. */
  async #store(before: readonly Entry[], after: readonly Entry[]): Promise<void> {
    const numbers = numberAnew(before, after);
    await this.#editor.edit([...numbers.keys()], (entry) => ({ queueOrder: numbers.get(entry) ?? 0 }));
  }

  #needEnabled(): void {
    if (!this.#context.settings()["queue.enabled"])
      throw new ServiceError("conflict", "The queue is off (queue.enabled)");
  }
}

/** The order after the group moved; inside the group it stays. */
export function reorder<T>(
  order: readonly T[],
  group: ReadonlySet<T>,
  to: "top" | "up" | "down" | "bottom",
): readonly T[] {
  const moved = order.filter((each) => group.has(each));
  const rest = order.filter((each) => !group.has(each));
  if (to === "top") return [...moved, ...rest];
  if (to === "bottom") return [...rest, ...moved];
  if (to === "down") return reorder(order.toReversed(), group, "up").toReversed();
  const result = [...order];
  // Each goes before its neighbour, unless that is of the group and could not move itself.
  for (let at = 1; at < result.length; at++) {
    const [left, right] = [result[at - 1], result[at]];
    if (left === undefined || right === undefined || !group.has(right) || group.has(left)) continue;
    result[at - 1] = right;
    result[at] = left;
  }
  return result;
}

/** New numbers for as few as possible: those at either end get numbers beyond, the others trade theirs. */
function numberAnew(before: readonly Entry[], after: readonly Entry[]): ReadonlyMap<Entry, number> {
  const numbers = new Map<Entry, number>();
  let first = 0;
  while (first < after.length && before[first] === after[first]) first += 1;
  let last = after.length - 1;
  while (last > first && before[last] === after[last]) last -= 1;
  const span = before.slice(first, last + 1).map(({ record }) => record.queueOrder);
  for (let at = first; at <= last; at++) {
    const entry = after[at];
    if (entry !== undefined) numbers.set(entry, (span[0] ?? 0) + (at - first) * stepOf(span));
  }
  for (const [entry, number] of numbers) if (entry.record.queueOrder === number) numbers.delete(entry);
  return numbers;
}

/** Numbers stay inside the span they had, so that those around it need not change. */
function stepOf(span: readonly number[]): number {
  const [from, to] = [span[0] ?? 0, span.at(-1) ?? 0];
  return span.length < 2 || to <= from ? 1 : (to - from) / (span.length - 1);
}
