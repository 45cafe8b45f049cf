/** The daemon as a whole: rates, totals, limits, loops. */
import { statfs } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Reachability } from "@torrential/node";
import { Fields } from "../state/fields.ts";
import type { Change } from "../state/messages.ts";
import type { ServiceContext } from "./context.ts";
import type { EngineNewsDesk } from "./engine-news.ts";
import { ServiceError } from "./errors.ts";
import { downloadFolder } from "./paths.ts";
import type { RatePoint, RateSpan, SessionView } from "./queries.ts";
import type { Rates } from "./rates.ts";
import type { RateLimit } from "./torrent-view.ts";
import { isScheduled, type ScheduleRule } from "./schedule.ts";
import type { SessionService, TorrentRef } from "./service.ts";

/** Rare enough to cost nothing: each sample wakes the thread. */
const LOOP_SAMPLE_MS = 20;

/** Of all lives of the state. */
interface Totals {
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly activeMs: number;
  readonly starts: number;
  readonly added: number;
}

export interface SessionDeps {
  readonly context: ServiceContext;
  readonly rates: Rates;
  readonly news: EngineNewsDesk;
  readonly version: string;
  readonly listenPort: number;
  readonly shutdown: () => void;
}

export class SessionState implements SessionService {
  readonly #deps: SessionDeps;
  readonly #startedAtMs: number;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOOP_SAMPLE_MS });
  readonly #before: Totals;
  /** Since the start. */
  readonly #moved = { downloadedBytes: 0, uploadedBytes: 0, wastedBytes: 0 };
  #added = 0;
  readonly #startedAt: number;
  #byHand: boolean | undefined;
  #isAlternative = false;
  #sums = { downRate: 0, upRate: 0, activeTorrents: 0, peers: 0 };
  #loopP99Ms = 0;
  #freeBytes: number | undefined;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    const { store, clock } = deps.context;
    this.#startedAtMs = clock.wall();
    this.#startedAt = clock.now();
    this.#before = readTotals(
      store.get("SELECT value FROM store WHERE area = 'session' AND key = 'totals'")?.["value"],
    );
    this.#loopDelay.enable();
  }

  view(): SessionView {
    const { context, news, version, listenPort } = this.#deps;
    const totals = this.#totals();
    return {
      version,
      startedAtMs: this.#startedAtMs,
      downRate: this.#sums.downRate,
      upRate: this.#sums.upRate,
      ...this.#moved,
      totalDownloadedBytes: totals.downloadedBytes,
      totalUploadedBytes: totals.uploadedBytes,
      totalActiveMs: totals.activeMs,
      totalStarts: totals.starts,
      totalAdded: totals.added,
      torrents: context.model.size,
      activeTorrents: this.#sums.activeTorrents,
      sleepingTorrents: news.asleep,
      peers: this.#sums.peers,
      dhtNodes: news.dht?.good ?? 0,
      dhtBadNodes: news.dht?.bad ?? 0,
      dhtProblem: news.dht?.problem,
      listenPort,
      isReachable: isReachable(news.reachability),
      reachableBecause: news.reachability?.because,
      externalAddress: news.reachability?.externalAddresses[0]?.address,
      limits: this.limits(),
      isAlternativeLimits: this.#isAlternative,
      ...news.memory,
      mainLoopP99Ms: this.#loopP99Ms,
      engineLoopP99Ms: news.engineLoopP99Ms,
      freeBytes: this.#freeBytes,
      isReadOnly: context.store.problem !== undefined,
    };
  }

  setAlternativeLimits(isOn: boolean | undefined): Promise<void> {
    this.#byHand = isOn;
    this.applyLimits();
    return Promise.resolve();
  }

  rates(span: RateSpan, ref?: TorrentRef): readonly RatePoint[] {
    if (ref === undefined) return this.#deps.rates.points(span);
    const entry = this.#deps.context.model.find(ref);
    if (entry === undefined) throw new ServiceError("not-found", `There is no torrent ${ref}`);
    return this.#deps.rates.points(span, entry.infoHash);
  }

  shutdown(): void {
    this.#deps.shutdown();
  }

  /** As they are in force, but for what a schedule or guarantee says. */
  limits(): RateLimit {
    if (!this.#isAlternative) return this.ownLimits();
    const settings = this.#deps.context.settings();
    return toLimits(settings["limits.alternative_down"], settings["limits.alternative_up"]);
  }

  /** While the alternative ones are not in force. */
  ownLimits(): RateLimit {
    const settings = this.#deps.context.settings();
    return toLimits(settings["limits.down"], settings["limits.up"]);
  }

  /** Tells the engine what is in force now. Call when a setting changed, and every minute for the schedule. */
  applyLimits(): void {
    const { engine, model, settings, limits: book } = this.#deps.context;
    this.#isAlternative = this.#judgeAlternative();
    const limits = this.#isAlternative ? this.limits() : book.limits("global", this.ownLimits());
    engine.send({ type: "command", command: { type: "set-limits", infoHash: undefined, limits } });
    const { "limits.lan": limitLan, "limits.count_overhead": countOverhead } = settings();
    engine.send({ type: "command", command: { type: "set-limit-options", limitLan, countOverhead } });
    model.touchTopic("session");
  }

  /** Whether the schedule says another thing than what is in force. */
  get isSwitchDue(): boolean {
    return this.#judgeAlternative() !== this.#isAlternative;
  }

  noteAdded(): void {
    this.#added += 1;
  }

  /** Call once a second. */
  tick(moved: { readonly down: number; readonly up: number; readonly wasted: number }): void {
    const { model } = this.#deps.context;
    this.#moved.downloadedBytes += moved.down;
    this.#moved.uploadedBytes += moved.up;
    this.#moved.wastedBytes += moved.wasted;
    const sums = { downRate: 0, upRate: 0, activeTorrents: 0, peers: 0 };
    for (const { live } of model.entries) {
      if (live === undefined) continue;
      sums.downRate += live.downRate;
      sums.upRate += live.upRate;
      sums.peers += live.peers;
      if (live.downRate + live.upRate > 0) sums.activeTorrents += 1;
    }
    const isSame =
      sums.downRate === this.#sums.downRate && sums.upRate === this.#sums.upRate && sums.peers === this.#sums.peers;
    this.#sums = sums;
    if (!isSame) model.touchTopic("session");
    this.#loopP99Ms = Math.max(0, this.#loopDelay.percentile(99) / 1e6 - LOOP_SAMPLE_MS);
    if (!Number.isFinite(this.#loopP99Ms)) this.#loopP99Ms = 0;
    this.#loopDelay.reset();
  }

  /** Call every few seconds. */
  async measureSpace(): Promise<void> {
    const found = await statfs(downloadFolder(this.#deps.context.settings())).catch(() => undefined);
    this.#freeBytes = found === undefined ? undefined : found.bavail * found.bsize;
  }

  unsaved(): Change {
    return {
      sql: "INSERT OR REPLACE INTO store (area, key, value) VALUES ('session', 'totals', ?)",
      params: [JSON.stringify(this.#totals())],
    };
  }

  close(): void {
    this.#loopDelay.disable();
  }

  #totals(): Totals {
    return {
      downloadedBytes: this.#before.downloadedBytes + this.#moved.downloadedBytes,
      uploadedBytes: this.#before.uploadedBytes + this.#moved.uploadedBytes,
      activeMs: this.#before.activeMs + (this.#deps.context.clock.now() - this.#startedAt),
      starts: this.#before.starts + 1,
      added: this.#before.added + this.#added,
    };
  }

  #judgeAlternative(): boolean {
    const settings = this.#deps.context.settings();
    if (this.#byHand !== undefined) return this.#byHand;
    if (settings["limits.alternative"] !== "schedule") return settings["limits.alternative"] === "on";
    return isScheduled(settings["limits.schedule"].flatMap(toRule), new Date(this.#deps.context.clock.wall()));
  }
}

/** 0: none. */
function toLimits(down: number, up: number): RateLimit {
  return { down: down === 0 ? undefined : down, up: up === 0 ? undefined : up };
}

function toRule(value: Readonly<Record<string, unknown>>): ScheduleRule[] {
  const fields = Fields.of(value);
  const [from, to] = [fields.text("from"), fields.text("to")];
  return from === undefined || to === undefined ? [] : [{ days: fields.texts("days"), from, to }];
}

function readTotals(value: unknown): Totals {
  let fields: Fields | undefined;
  try {
    fields = Fields.parse(String(value));
  } catch {
    // The first start, or damage: they count from here.
    fields = undefined;
  }
  return {
    downloadedBytes: fields?.number("downloadedBytes") ?? 0,
    uploadedBytes: fields?.number("uploadedBytes") ?? 0,
    activeMs: fields?.number("activeMs") ?? 0,
    starts: fields?.number("starts") ?? 0,
    added: fields?.number("added") ?? 0,
  };
}

/** Undefined while nobody can say. */
function isReachable(reachability: Reachability | undefined): boolean | undefined {
  const status = reachability?.status;
  if (status === undefined || status === "unknown") return undefined;
  return status === "reachable" || status === "probably-reachable";
}
