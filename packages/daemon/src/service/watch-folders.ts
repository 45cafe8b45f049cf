/** Adds what appears in watched folders: torrent files, and text files with magnet links. */
import { readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { TorrentialError } from "@torrential/core";
import { toDiskError } from "@torrential/node";
import type { Settings } from "../config/definitions.ts";
import { Fields } from "../state/fields.ts";
import { ServiceError } from "./errors.ts";
import type { NewEvent } from "./history.ts";
import type { AddRequest, AddSource, TorrentsService } from "./service.ts";

const FILE_MAX_BYTES = 10 * 1024 * 1024;
const FILES_AT_ONCE = 100;
/** A file that was written to more recently may not be whole. */
const SETTLED_MS = 2_000;

export interface WatchContext {
  readonly settings: () => Pick<Settings, "watch.folders">;
  readonly history: { readonly add: (event: NewEvent) => void };
}

export class WatchFolders {
  readonly #context: WatchContext;
  readonly #torrents: Pick<TorrentsService, "add">;
  /** Files that stay, since they cannot be read or renamed: when they were written, by path. */
  readonly #staying = new Map<string, number>();

  constructor(context: WatchContext, torrents: Pick<TorrentsService, "add">) {
    this.#context = context;
    this.#torrents = torrents;
  }

  /** Call every few seconds. */
  async tick(): Promise<void> {
    for (const value of this.#context.settings()["watch.folders"]) await this.#look(Fields.of(value));
  }

  async #look(watch: Fields): Promise<void> {
    const folder = watch.text("path") ?? "";
    const names = await readdir(folder).catch(() => []);
    let taken = 0;
    for (const name of names) {
      if (!/\.(?:torrent|magnet)$/i.test(name)) continue;
      const path = join(folder, name);
      const writtenAt = await this.#settledAt(path);
      if (writtenAt === undefined) continue;
      await this.#take(watch, path, writtenAt);
      taken += 1;
      if (taken === FILES_AT_ONCE) return;
    }
  }

  /** When a file that is due was written to. */
  async #settledAt(path: string): Promise<number | undefined> {
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isFile() !== true || stats.size > FILE_MAX_BYTES) return undefined;
    const { mtimeMs } = stats;
    return Date.now() - mtimeMs < SETTLED_MS || this.#staying.get(path) === mtimeMs ? undefined : mtimeMs;
  }

  async #take(watch: Fields, path: string, writtenAt: number): Promise<void> {
    const leave = (error: unknown, action: string): undefined => {
      this.#staying.set(path, writtenAt);
      const { message } = toDiskError(error, `${action} ${path}`);
      this.#context.history.add({ type: "watch-folder", level: "warning", message });
    };
    const source = await readSource(path).catch((error: unknown) => leave(error, "read"));
    const ending = source === undefined ? undefined : await this.#add(watch, path, source);
    if (ending === undefined) return;
    const isDeleted = ending === "added" && watch.flag("delete");
    await (isDeleted ? unlink(path) : rename(path, `${path}.${ending}`)).catch((error: unknown) => {
      leave(error, isDeleted ? "delete" : "rename");
    });
  }

  /** What its name is to end in. Undefined when it is to be tried again. */
  async #add(watch: Fields, path: string, source: AddSource): Promise<"added" | "invalid" | undefined> {
    try {
      await this.#torrents.add({ ...requestOf(watch), source });
      return "added";
    } catch (error) {
      if (!(error instanceof TorrentialError)) throw error;
      // What the state cannot take now is tried again; the rest would be refused again and again.
      if (error.code === "state-unwritable" || error.code === "closing") return undefined;
      const isKnown = error instanceof ServiceError && error.code === "duplicate";
      const level = isKnown ? "info" : "warning";
      this.#context.history.add({ type: "watch-folder", level, message: `${path}: ${error.message}` });
      return isKnown ? "added" : "invalid";
    }
  }
}

function requestOf(watch: Fields): Omit<AddRequest, "source"> {
  const tags = watch.texts("tags");
  return {
    folder: watch.text("folder"),
    category: watch.text("category"),
    ...(tags.length === 0 ? {} : { tags }),
    ...(watch.flag("start") ? { intent: "start" as const } : {}),
  };
}

async function readSource(path: string): Promise<AddSource> {
  const bytes = await readFile(path);
  if (/\.magnet$/i.test(path)) return { type: "magnet", uri: bytes.toString("utf8").trim() };
  return { type: "file", bytes: new Uint8Array(bytes) };
}
