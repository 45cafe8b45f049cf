/** Ends seeding where limits of ratio, time or idleness are reached, and counts the time that torrents run. */
import { GLOBAL_SHARE_LIMITS } from "../state/records.ts";
import type { ServiceContext } from "./context.ts";
import type { Editor } from "./editing.ts";
import type { Entry } from "./entry.ts";
import type { Labels } from "./labels.ts";
import type { Removing } from "./removing.ts";
import type { Runner } from "./runner.ts";
import { isGlobal, isReached, type ResolvedLimits, resolveLimits } from "./share-limits.ts";
import { ratioOf } from "./view.ts";

const MINUTE_MS = 60_000;
/** Times that only grow are shown anew every twelfth tick, a twelfth of the torrents in each: once a minute. */
const SHOW_TURNS = 12;
/** And they are on disk no more than twelve minutes late when the process dies; at a clean stop all of them are. */
const SAVE_TURNS = 12 * SHOW_TURNS;

export interface SharingDeps {
  readonly context: ServiceContext;
  readonly editor: Editor;
  readonly labels: Labels;
  readonly removing: Removing;
  readonly runner: Runner;
}

export class Sharing {
  readonly #deps: SharingDeps;
  #lastTickAt: number;
  #turn = 0;

  constructor(deps: SharingDeps) {
    this.#deps = deps;
    this.#lastTickAt = deps.context.clock.now();
  }

  /** Call every five seconds. */
  tick(): void {
    const { model, clock, history } = this.#deps.context;
    const now = clock.now();
    const elapsedMs = now - this.#lastTickAt;
    this.#lastTickAt = now;
    this.#turn = (this.#turn + 1) % SAVE_TURNS;
    const global = this.#globalLimits();
    for (const entry of model.entries) {
      if (entry.phase !== "running") continue;
      countTime(entry, elapsedMs);
      // What became stalled, or ran on, is seen by looking anew.
      const isShown = entry.record.id % SHOW_TURNS === this.#turn % SHOW_TURNS;
      entry.isProgressDirty ||= entry.record.id % SAVE_TURNS === this.#turn;
      if (isShown || isTurningStalled(entry, now, elapsedMs)) model.touch(entry);
      if (!entry.progress.isComplete || entry.isLeaving || !this.#isEnough(entry, global, now)) continue;
      entry.isLeaving = true;
      this.#end(entry, this.#resolve(entry, global)).catch((error: unknown) => {
        entry.isLeaving = false;
        history.add({ type: "problem", level: "error", infoHash: entry.infoHash, message: String(error) });
      });
    }
  }

  #isEnough(entry: Entry, global: ResolvedLimits, now: number): boolean {
    return isReached(this.#resolve(entry, global), {
      ratio: ratioOf(entry),
      seedingTimeMs: entry.progress.seedingTimeMs,
      idleTimeMs: entry.quietSince === undefined ? 0 : now - entry.quietSince,
    });
  }

  #resolve({ record }: Entry, global: ResolvedLimits): ResolvedLimits {
    const { labels } = this.#deps;
    const levels = [record.shareLimits];
    for (const name of record.tags) levels.push(labels.tag(name)?.shareLimits ?? GLOBAL_SHARE_LIMITS);
    levels.push(labels.category(record.category)?.shareLimits ?? GLOBAL_SHARE_LIMITS);
    // Of ten thousand few say anything.
    return levels.every(isGlobal) ? global : resolveLimits(levels, global);
  }

  async #end(entry: Entry, { action }: ResolvedLimits): Promise<void> {
    const { context, editor, removing, runner } = this.#deps;
    const message = `It reached its limits of sharing: ${action}`;
    context.history.add({ type: "limit-reached", infoHash: entry.infoHash, message });
    if (action === "remove" || action === "remove-data") {
      const trash = context.settings()["downloads.trash"];
      return await removing.remove([entry], { deleteData: action === "remove-data", trash });
    }
    entry.progress = { ...entry.progress, isLimitReached: true };
    entry.isProgressDirty = true;
    await editor.edit([entry], () => (action === "stop" ? { intent: "stop" } : { isSuperSeeding: true }));
    // Super-seeding goes on beyond the limit, which is then no limit any more.
    if (action === "stop") entry.isLeaving = false;
    runner.consider(entry);
  }

  #globalLimits(): ResolvedLimits {
    const settings = this.#deps.context.settings();
    const limit = (value: number): number | undefined => (value < 0 ? undefined : value);
    const minutes = (value: number): number | undefined => (value < 0 ? undefined : value * MINUTE_MS);
    return {
      ratio: limit(settings["share.ratio"]),
      seedingTimeMs: minutes(settings["share.seeding_minutes"]),
      idleTimeMs: minutes(settings["share.idle_minutes"]),
      match: settings["share.match"],
      action: settings["share.action"],
    };
  }
}

function countTime(entry: Entry, elapsedMs: number): void {
  const { progress, live } = entry;
  const isSeeding = live?.state.status === "seeding" || live?.state.status === "finished";
  // In place: ten thousand new objects every five seconds keep the garbage collector busy.
  progress.activeTimeMs += elapsedMs;
  if (isSeeding) progress.seedingTimeMs += elapsedMs;
}

/** It crossed the minute without a byte since the tick before. */
function isTurningStalled({ quietSince }: Entry, now: number, elapsedMs: number): boolean {
  if (quietSince === undefined) return false;
  const quietMs = now - quietSince;
  return quietMs >= MINUTE_MS && quietMs - elapsedMs < MINUTE_MS;
}
