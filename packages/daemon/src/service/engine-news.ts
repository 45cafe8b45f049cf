/** Takes in what the engine reports: statuses into entries, events into the history. */
import type { InfoHash } from "@torrential/core";
import type { ClientEvent, Reachability } from "@torrential/node";
import type { EngineNews } from "../engine-thread/engine-thread.ts";
import type { EngineDht, EngineStatus, EngineUpdate } from "../engine-thread/messages.ts";
import type { ServiceContext } from "./context.ts";
import type { DetailCache } from "./details.ts";
import type { Entry } from "./entry.ts";
import type { Runner } from "./runner.ts";
import { readMetadata } from "./saving.ts";

/** Codes with which a torrent is refused for what it is, not for where it lies. */
const BAD_TORRENT = /^(?:metainfo|bencode|info-hash|magnet)/;

export interface NewsDeps {
  readonly context: ServiceContext;
  readonly runner: Runner;
  readonly details: DetailCache;
  /** Of a torrent that is being removed: the engine may need it to delete its files. */
  readonly leavingMetadata: (infoHash: InfoHash) => Uint8Array | undefined;
  /** It left the engine; `problem`: why files could not be deleted. */
  readonly onUnloaded: (entry: Entry | undefined, infoHash: InfoHash, problem: string | undefined) => void;
  /** All that is wanted is here, since just now. */
  readonly onCompleted: (entry: Entry) => void;
  /** A magnet link became a torrent. */
  readonly onMetadata: (entry: Entry, torrent: Uint8Array) => void;
  /** What was to be looked at has been looked at. */
  readonly onChecked: (entry: Entry) => void;
}

export class EngineNewsDesk {
  readonly #deps: NewsDeps;
  #engineLoopP99Ms = 0;
  #reachability: Reachability | undefined;
  #dht: EngineDht | undefined;
  #memory: EngineUpdate["memory"] = { bufferBytes: 0, diskQueueBytes: 0 };
  #asleep = 0;

  constructor(deps: NewsDeps) {
    this.#deps = deps;
  }

  /** Of the last quarter of a second in which anything was reported. */
  get engineLoopP99Ms(): number {
    return this.#engineLoopP99Ms;
  }

  /** Undefined while it is off, and until the engine has reported. */
  get dht(): EngineDht | undefined {
    return this.#dht;
  }

  /** Payload in the engine's memory. */
  get memory(): EngineUpdate["memory"] {
    return this.#memory;
  }

  /** How many seeds sleep. */
  get asleep(): number {
    return this.#asleep;
  }

  /** Undefined until the engine has reported. */
  get reachability(): Reachability | undefined {
    return this.#reachability;
  }

  handle(news: EngineNews): void {
    const { context, runner } = this.#deps;
    if (news.type === "update") return this.#handleUpdate(news);
    if (news.type === "reload") return this.#reload(news.infoHash);
    const entry = context.model.find(news.infoHash);
    if (news.type === "settled") {
      if (entry !== undefined) runner.handleSettled(entry);
      return;
    }
    if (news.type === "load-failed") {
      if (entry !== undefined) this.#handleLoadFailed(entry, news);
      return;
    }
    if (entry !== undefined) {
      entry.phase = "resting";
      entry.live = undefined;
      entry.have = undefined;
      entry.quietSince = undefined;
      context.model.touch(entry);
      runner.handleSettled(entry);
    }
    this.#deps.onUnloaded(entry, news.infoHash, news.problem);
  }

  /** The engine forgot the metadata of a torrent that nobody was connected to, and needs it again. */
  #reload(infoHash: InfoHash): void {
    const { store, engine, history } = this.#deps.context;
    let source: Uint8Array | undefined;
    try {
      source = readMetadata(store, infoHash) ?? this.#deps.leavingMetadata(infoHash);
    } catch (error) {
      history.add({ type: "problem", level: "error", infoHash, message: String(error) });
    }
    engine.send({ type: "reloaded", infoHash, source });
  }

  #handleUpdate(update: EngineUpdate): void {
    const { context, details } = this.#deps;
    this.#engineLoopP99Ms = update.loopP99Ms;
    this.#memory = update.memory;
    this.#asleep = update.asleep;
    this.#reachability = update.reachability;
    this.#handleDht(update.dht);
    for (const { infoHash, have } of update.pieces) {
      const entry = context.model.find(infoHash);
      if (entry !== undefined) entry.have = have;
    }
    for (const status of update.statuses) {
      const entry = context.model.find(status.infoHash);
      if (entry !== undefined && entry.phase !== "resting") this.#handleStatus(entry, status);
    }
    for (const { infoHash, torrent } of update.metadata) {
      const entry = context.model.find(infoHash);
      if (entry !== undefined) this.#deps.onMetadata(entry, torrent);
    }
    for (const event of update.events) this.#handleEvent(event);
    for (const each of update.details) details.put(each);
  }

  /** A DHT that was wanted and is not there is said once. */
  #handleDht(dht: EngineDht | undefined): void {
    const problem = dht?.problem;
    if (problem !== undefined && this.#dht === undefined) {
      const message = `There is no DHT: ${problem}`;
      this.#deps.context.history.add({ type: "problem", level: "warning", infoHash: undefined, message });
    }
    this.#dht = dht;
  }

  #handleStatus(entry: Entry, status: EngineStatus): void {
    const { context } = this.#deps;
    const before = entry.live;
    entry.live = status;
    // The engine counts from its journal; what an older or lost journal does not know stays counted.
    if (before === undefined) {
      entry.totalsBase = baseOf(entry, status);
      entry.wastedBase = entry.progress.wastedBytes;
    }
    const base = entry.totalsBase;
    const moved = status.downloadedBytes !== before?.downloadedBytes || status.uploadedBytes !== before.uploadedBytes;
    const wall = context.clock.wall();
    if (moved && before !== undefined) entry.quietSince = undefined;
    else entry.quietSince ??= context.clock.now();
    entry.progress = {
      ...entry.progress,
      wantedBytes: status.wantedBytes,
      verifiedBytes: status.state.status === "checking" ? entry.progress.verifiedBytes : status.verifiedBytes,
      piecesHave: status.piecesHave,
      downloadedBytes: base.downloadedBytes + status.downloadedBytes,
      uploadedBytes: base.uploadedBytes + status.uploadedBytes,
      wastedBytes: entry.wastedBase + status.wastedBytes,
      activeAtMs: moved && before !== undefined ? wall : entry.progress.activeAtMs,
      seenCompleteAtMs: status.distributedCopies >= 1 ? wall : entry.progress.seenCompleteAtMs,
    };
    entry.isProgressDirty = true;
    if (status.piecesHave === status.pieceCount) entry.have = undefined;
    if (entry.phase === "loading" && status.state.status !== "stopped") {
      entry.phase = "running";
      entry.progress = { ...entry.progress, startedAtMs: wall };
    }
    if (before?.state.status !== status.state.status) this.#handleState(entry, status);
    context.model.touch(entry);
  }

  #handleState(entry: Entry, { state }: EngineStatus): void {
    if (state.status !== "error") return;
    const { history } = this.#deps.context;
    history.add({ type: "problem", level: "error", infoHash: entry.infoHash, message: state.message });
  }

  /** Statuses come four times a second: a check may begin and end between two of them. */
  #handleMove(entry: Entry, status: EngineStatus["state"]["status"]): void {
    const isComplete = status === "seeding" || status === "finished";
    const isEnd = isComplete || status === "downloading";
    if (isEnd) this.#setComplete(entry, isComplete);
    if (isEnd && (entry.isCheckOnly || (entry.isChecking && entry.record.recheckDue))) this.#deps.onChecked(entry);
    entry.isChecking = status === "checking";
  }

  #setComplete(entry: Entry, isComplete: boolean): void {
    if (entry.progress.isComplete === isComplete) return;
    const completedAtMs = entry.progress.completedAtMs ?? this.#deps.context.clock.wall();
    entry.progress = { ...entry.progress, isComplete, ...(isComplete ? { completedAtMs } : {}) };
    if (isComplete) this.#deps.onCompleted(entry);
    this.#deps.context.model.touch(entry);
  }

  #handleLoadFailed(entry: Entry, news: { readonly code: string; readonly message: string }): void {
    const { context, runner } = this.#deps;
    // Already there: the status will say how it is.
    if (news.code === "duplicate-torrent" || news.code === "client-closed") return;
    const kind = BAD_TORRENT.test(news.code) ? "quarantined" : "error";
    entry.phase = "resting";
    entry.problem = { kind, code: news.code, message: news.message, remedy: "Remove it, or start it to try again." };
    const type = kind === "quarantined" ? "quarantined" : "problem";
    context.history.add({ type, level: "error", infoHash: entry.infoHash, message: news.message });
    runner.handleSettled(entry);
    context.model.touch(entry);
  }

  #handleEvent(event: ClientEvent): void {
    const { model, history } = this.#deps.context;
    if (event.type === "state-failed") {
      history.add({ type: "problem", level: "error", message: event.message });
      return;
    }
    const entry = event.type === "port-mappings" ? undefined : model.find(event.infoHash);
    if (entry === undefined) return;
    if (event.type === "state") return this.#handleMove(entry, event.state.status);
    if (event.type === "announce-failed") entry.trackerMessage = event.message;
    else if (event.type === "announced") entry.trackerMessage = event.warning;
    else if (event.type === "peer-banned") {
      const message = `The peer ${event.endpoint.address} was banned: ${event.reason}`;
      history.add({ type: "peer-banned", level: "warning", infoHash: event.infoHash, message });
    } else return;
    model.touch(entry);
  }
}

function baseOf({ progress }: Entry, status: EngineStatus): Entry["totalsBase"] {
  return {
    downloadedBytes: Math.max(0, progress.downloadedBytes - status.downloadedBytes),
    uploadedBytes: Math.max(0, progress.uploadedBytes - status.uploadedBytes),
  };
}
