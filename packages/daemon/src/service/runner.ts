/**
 * Brings the engine to what is wanted: torrents that are to run are in the engine, the others are not and cost a record.
 * Many are taken in a few at a time, so that the first of ten thousand runs at once and no thread is held up.
 */
import type { AddTorrentOptions } from "@torrential/node";
import type { TorrentRecord } from "../state/records.ts";
import type { ServiceContext } from "./context.ts";
import type { Entry } from "./entry.ts";
import { ServiceError } from "./errors.ts";
import type { LimitBook } from "./limit-book.ts";
import { readMetadata } from "./saving.ts";
import { StartMarker } from "./start-marker.ts";

/** Enough to keep the disk threads busy while files are looked at. */
const LOADS_AT_ONCE = 32;

export class Runner {
  readonly #context: ServiceContext;
  readonly #marker: StartMarker;
  readonly #waiting = new Set<Entry>();
  readonly #loading = new Set<Entry>();
  /** In the engine for a while, though they rest. */
  readonly #visiting = new Set<Entry>();
  #isPaused = false;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#marker = new StartMarker(context.store.folder);
  }

  /** How many wait to be taken in. */
  get backlog(): number {
    return this.#waiting.size + this.#loading.size;
  }

  /** Looks whether the entry is where it should be, and moves it there. */
  consider(entry: Entry): void {
    if (this.#visiting.has(entry)) return;
    const isWanted = shouldRun(entry);
    if (entry.phase === "resting") {
      if (isWanted) this.#waiting.add(entry);
      else this.#waiting.delete(entry);
    } else if (!isWanted && entry.phase !== "unloading") this.unload(entry, { deleteFiles: false, keepState: true });
  }

  /** Takes in as many as there is room for. Call after any number of `consider`s. */
  pump(): void {
    if (this.#isPaused) return;
    const before = this.#loading.size;
    for (const entry of this.#waiting) {
      if (this.#loading.size >= LOADS_AT_ONCE) break;
      // A suspect goes alone, so that it is known who was it.
      if (this.#marker.isSuspect(entry.infoHash) && this.#loading.size > 0) continue;
      if (entry.record.recheckDue && this.#checking >= this.#context.settings()["queue.checks_max"]) continue;
      this.#waiting.delete(entry);
      if (this.#load(entry) && this.#marker.isSuspect(entry.infoHash)) break;
    }
    if (this.#loading.size !== before) this.#marker.save();
  }

  /**
   * Does what only the engine can: one that rests is taken in meanwhile, and not started. Rejects as `action` does, and with
   * "no-metadata".
   */
  async visit<T>(entry: Entry, action: () => Promise<T>): Promise<T> {
    if (entry.phase !== "resting") return await action();
    const { store, engine } = this.#context;
    const source = readMetadata(store, entry.infoHash);
    if (source === undefined) throw new ServiceError("no-metadata", "Its metadata is not here");
    this.#visiting.add(entry);
    this.#waiting.delete(entry);
    entry.phase = "loading";
    const options = { start: false, root: entry.record.currentFolder, layout: entry.record.layout, ...this.#moveRate };
    engine.send({ type: "load", infoHash: entry.infoHash, source, options });
    try {
      return await action();
    } finally {
      this.#visiting.delete(entry);
      // Its report brings the entry back here.
      this.unload(entry, { deleteFiles: false, keepState: true });
    }
  }

  unload(entry: Entry, options: { readonly deleteFiles: boolean; readonly keepState: boolean }): void {
    entry.phase = "unloading";
    this.#context.engine.send({ type: "unload", infoHash: entry.infoHash, ...options });
    this.handleSettled(entry);
    this.#context.model.touch(entry);
  }

  /** The engine has it, or refused it: there is room for another. */
  handleSettled(entry: Entry): void {
    if (!this.#loading.delete(entry)) return;
    this.#marker.delete(entry.infoHash);
    this.#marker.save();
  }

  /** Nothing is taken in any more. */
  pause(): void {
    this.#isPaused = true;
  }

  forget(entry: Entry): void {
    this.#waiting.delete(entry);
    this.handleSettled(entry);
  }

  /** Being hashed as a whole. */
  get #checking(): number {
    return [...this.#loading].filter(({ record }) => record.recheckDue).length;
  }

  /** A move that was under way goes on with it. */
  get #moveRate(): Pick<AddTorrentOptions, "moveBytesPerSec"> {
    return { moveBytesPerSec: this.#context.settings()["downloads.move_rate"] || undefined };
  }

  #load(entry: Entry): boolean {
    const { store, engine, model } = this.#context;
    const { infoHash } = entry;
    const quarantine = (message: string): boolean => {
      entry.problem = { kind: "quarantined", code: "internal", message, remedy: QUARANTINE_REMEDY };
      this.#context.history.add({ type: "quarantined", level: "error", infoHash, message });
      model.touch(entry);
      return false;
    };
    if (this.#marker.isPoison(infoHash))
      return quarantine("The daemon died three times while it took this torrent in.");
    const found = findSource(entry, () => readMetadata(store, infoHash));
    if (found.source === undefined) return quarantine(`Its metadata cannot be read: ${found.problem}`);
    this.#loading.add(entry);
    this.#marker.add(infoHash);
    entry.phase = "loading";
    entry.isCheckOnly = restsWhenChecked(entry.record);
    const { limits } = this.#context;
    engine.send({
      type: "load",
      infoHash,
      source: found.source,
      options: { ...loadOptions(entry, limits), ...this.#moveRate },
    });
    for (const { peer, limits: ofPeer } of limits.peersOf(infoHash))
      engine.send({ type: "command", command: { type: "set-peer-limits", infoHash, endpoint: peer, limits: ofPeer } });
    model.touch(entry);
    return true;
  }
}

const QUARANTINE_REMEDY =
  "Start it to try again, or remove it and add it anew: what is on disk is checked, not fetched again.";

export function shouldRun({ record, problem, isTurn }: Entry): boolean {
  if (problem !== undefined) return false;
  // A check is made whether or not the torrent is to run afterwards.
  if (record.recheckDue || record.intent === "force") return true;
  return record.intent === "start" && isTurn;
}

type FoundSource = { readonly source: Uint8Array | string } | { readonly source: undefined; readonly problem: string };

function findSource({ record }: Entry, read: () => Uint8Array | undefined): FoundSource {
  try {
    const torrent = read();
    if (torrent !== undefined) return { source: torrent };
    if (record.facts === undefined && record.magnet !== undefined) return { source: record.magnet };
    return { source: undefined, problem: "it is not in the database" };
  } catch (error) {
    return { source: undefined, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Torrents of one level that want more than there is share it so: low, normal, high. */
export function weightOf({ priority }: Pick<TorrentRecord, "priority">): number {
  return WEIGHTS[priority];
}

const WEIGHTS = { [-1]: 0.25, [0]: 1, [1]: 4 } as const satisfies Record<TorrentRecord["priority"], number>;

/** It is not to exchange anything once its files have been looked at. */
function restsWhenChecked({ recheckDue, intent, stopWhen }: TorrentRecord): boolean {
  return stopWhen !== undefined || (recheckDue && intent === "stop");
}

function loadOptions({ record, infoHash }: Entry, book: LimitBook): AddTorrentOptions {
  return {
    start: true,
    root: record.currentFolder,
    trackers: record.trackers,
    order: record.isSequential ? "sequential" : "rarest-first",
    firstAndLast: record.isFirstLast,
    superSeed: record.isSuperSeeding,
    limits: book.limits(`torrent:${infoHash}`, record.limits, weightOf(record)),
    tags: record.tags,
    category: record.category,
    peersMax: record.peersMax,
    layout: record.layout,
    skipCheck: record.skipCheck,
    recheck: record.recheckDue,
    checkOnly: restsWhenChecked(record),
    ...(record.filePriorities.length === 0 ? {} : { filePriorities: record.filePriorities }),
  };
}
