/** All event streams, and what feeds them: batches of the read model, history, log, jobs. */
import { randomBytes } from "node:crypto";
import type { ApiEvent, EventTopic, Job, Viewport } from "@torrential/api";
import type { Logs } from "../../log/log.ts";
import type { ChangeBatch } from "../../service/changes.ts";
import type { Service } from "../../service/service.ts";
import type { TorrentView } from "../../service/torrent-view.ts";
import { ApiProblem } from "../problems.ts";
import { type EventPosition, makeFrame } from "./frame.ts";
import { type EventSink, EventStream } from "./stream.ts";
import { Viewports } from "./viewports.ts";

export interface EventHubDeps {
  readonly service: Service;
  readonly logs: Logs;
  readonly version: string;
  /** Monotonic. */
  readonly now: () => number;
}

export interface OpenOptions {
  readonly topics: ReadonlySet<EventTopic>;
  readonly viewport: Viewport | undefined;
  readonly position: EventPosition | undefined;
  /** Whether who opened it may still come in. */
  readonly isStillIn: () => boolean;
}

/** PROMISES C27. */
const STREAMS_MAX = 16;
/** A stream without a connection goes on for so long. */
const DETACHED_MS_MAX = 60_000;
/** A page of it is less than a queue. */
const HISTORY_PAGE = 100;
/** Counts go through all torrents. */
const COUNTS_EVERY_MS = 1_000;
const COUNTED: ReadonlySet<keyof TorrentView> = new Set([
  "state",
  "category",
  "tags",
  "tracker",
  "folder",
  "isComplete",
  "downRate",
  "upRate",
]);

export class EventHub {
  readonly #deps: EventHubDeps;
  readonly #streams = new Map<string, EventStream>();
  readonly #viewports = new Viewports();
  readonly #unsubscribe: readonly (() => void)[];
  #countsAt = Number.NEGATIVE_INFINITY;
  #counts = "";
  #areCountsStale = false;

  constructor(deps: EventHubDeps) {
    this.#deps = deps;
    this.#unsubscribe = [
      deps.service.subscribe((batch) => this.#handleBatch(batch)),
      deps.logs.subscribe((entry) => this.#tell("log", { type: "log", entry })),
    ];
  }

  /** Streams with a connection. */
  get size(): number {
    return [...this.#streams.values()].filter(({ detachedAt }) => detachedAt === undefined).length;
  }

  /** Carries on a stream, or begins one. Throws "too-many-streams" or "invalid". */
  open(options: OpenOptions, sink: EventSink): EventStream {
    const { position } = options;
    const known = position === undefined ? undefined : this.#streams.get(position.stream);
    const missed = position === undefined ? undefined : known?.missedSince(position.seq);
    if (position !== undefined && known !== undefined && missed !== undefined) {
      known.isStillIn = options.isStillIn;
      known.attach(sink);
      known.write(this.#hello(position, { isResumed: true }));
      for (const frame of missed) known.write(frame.text);
      this.#tellHistoryOf(known);
      return known;
    }
    const viewport = options.viewport === undefined ? undefined : this.#viewports.open(options.viewport);
    try {
      if (known !== undefined) this.#drop(known);
      this.#makeRoom();
    } catch (error) {
      if (viewport !== undefined) this.#viewports.close(viewport);
      throw error;
    }
    const stream = new EventStream(randomBytes(16).toString("hex"), {
      topics: options.topics,
      historyAt: position?.history ?? this.#latestHistory(),
    });
    stream.viewport = viewport;
    stream.isStillIn = options.isStillIn;
    this.#streams.set(stream.id, stream);
    stream.attach(sink);
    stream.write(this.#hello({ stream: stream.id, seq: 0, history: stream.historyAt }, { isResumed: false }));
    this.#begin(stream);
    return stream;
  }

  /** Throws "not-found" or "invalid". */
  setViewport(id: string, viewport: Viewport): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) throw new ApiProblem("not-found", `stream ${JSON.stringify(id)}: there is none`);
    const window = this.#viewports.open(viewport);
    if (stream.viewport !== undefined) this.#viewports.close(stream.viewport);
    stream.viewport = window;
    stream.push({ type: "view", ...this.#viewports.show(window, this.#deps.service) });
  }

  /** The connection of a stream has taken all that was written to it. */
  handleDrain(stream: EventStream): void {
    stream.handleDrain();
    this.#tellHistoryOf(stream);
  }

  /** Who was let in is so no longer: a login ended, a token was revoked, the password is another. */
  dropStrangers(): void {
    for (const stream of this.#streams.values()) if (!stream.isStillIn()) this.#drop(stream);
  }

  handleJob(job: Job): void {
    this.#tell("jobs", { type: "job", job });
  }

  /** Every 15 s: keeps connections alive through proxies, and forgets streams that nobody came back to. */
  handleTick(now: number): void {
    this.dropStrangers();
    for (const stream of this.#streams.values()) {
      stream.handleTick();
      if (stream.detachedAt === undefined) stream.write(": still here\n\n");
      else if (now - stream.detachedAt > DETACHED_MS_MAX) this.#drop(stream);
    }
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const stream of this.#streams.values()) this.#drop(stream);
  }

  /** `at` is where the caller is already: a connection that ends right behind it has brought nothing yet. */
  #hello(at: EventPosition, { isResumed }: { readonly isResumed: boolean }): string {
    const event: ApiEvent = { type: "hello", streamId: at.stream, isResumed, version: this.#deps.version };
    return makeFrame(event, at).text;
  }

  /** What a new stream must know at first. The window comes last, as it alone may be long. */
  #begin(stream: EventStream): void {
    const { service } = this.#deps;
    const { topics, viewport } = stream;
    if (topics.has("counts")) stream.push({ type: "counts", counts: service.torrents.counts() });
    if (topics.has("session")) stream.push({ type: "session", session: service.session.view() });
    if (topics.has("torrents") && viewport !== undefined)
      stream.push({ type: "view", ...this.#viewports.show(viewport, service) });
    this.#tellHistoryOf(stream);
  }

  /**
   * What it was not told yet, as long as it takes it: the rest follows when it has. Nobody listens: then it waits for who comes
   * back.
   */
  #tellHistoryOf(stream: EventStream): void {
    while (stream.topics.has("history") && stream.hasRoom) {
      const events = this.#deps.service.history.since(stream.historyAt, { limit: HISTORY_PAGE });
      for (const event of events) {
        stream.historyAt = event.id;
        stream.push({ type: "history", event });
      }
      if (events.length < HISTORY_PAGE) return;
    }
  }

  #latestHistory(): number {
    return this.#deps.service.history.latest({ limit: 1 })[0]?.id ?? 0;
  }

  #handleBatch(batch: ChangeBatch): void {
    const { service } = this.#deps;
    for (const stream of this.#streams.values()) {
      if (batch.topics.has("history")) this.#tellHistoryOf(stream);
      if (stream.viewport === undefined) continue;
      const delta = this.#viewports.update(stream.viewport, service, batch);
      if (delta !== undefined && stream.topics.has("torrents")) stream.push(delta);
    }
    this.#tellCounts(batch);
    if (batch.topics.has("session") && this.#isWanted("session")) {
      this.#tell("session", { type: "session", session: service.session.view() });
    }
    if (batch.topics.has("settings")) this.#tell("settings", { type: "settings" });
    if (batch.topics.has("categories") || batch.topics.has("tags")) this.#tell("labels", { type: "labels" });
  }

  #tellCounts({ added, removed, changed }: ChangeBatch): void {
    this.#areCountsStale ||= added.length > 0 || removed.length > 0 || isCounted(changed);
    const now = this.#deps.now();
    if (!this.#areCountsStale || now - this.#countsAt < COUNTS_EVERY_MS || !this.#isWanted("counts")) return;
    this.#areCountsStale = false;
    this.#countsAt = now;
    const counts = this.#deps.service.torrents.counts();
    const text = JSON.stringify(counts);
    if (text !== this.#counts) this.#tell("counts", { type: "counts", counts });
    this.#counts = text;
  }

  #isWanted(topic: EventTopic): boolean {
    for (const stream of this.#streams.values()) if (stream.topics.has(topic)) return true;
    return false;
  }

  #tell(topic: EventTopic, event: ApiEvent): void {
    for (const stream of this.#streams.values()) if (stream.topics.has(topic)) stream.push(event);
  }

  /** One that nobody listens to makes room, oldest first. */
  #makeRoom(): void {
    if (this.#streams.size < STREAMS_MAX) return;
    const idle = [...this.#streams.values()].find(({ detachedAt }) => detachedAt !== undefined);
    if (idle === undefined) {
      throw new ApiProblem("too-many-streams", `${STREAMS_MAX} event streams are open already`, {
        retryAfterSeconds: 10,
      });
    }
    this.#drop(idle);
  }

  #drop(stream: EventStream): void {
    this.#streams.delete(stream.id);
    if (stream.viewport !== undefined) this.#viewports.close(stream.viewport);
    stream.close();
  }
}

function isCounted(changed: ChangeBatch["changed"]): boolean {
  for (const fields of changed.values()) for (const field of fields) if (COUNTED.has(field)) return true;
  return false;
}
