/** Adds what appears in watched folders: torrent files, and text files with magnet links. */
import { readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { TorrentialError } from "@torrential/core";
import { Fields } from "../state/fields.ts";
import type { ServiceContext } from "./context.ts";
import { ServiceError } from "./errors.ts";
import type { AddRequest, AddSource, TorrentsService } from "./service.ts";

const FILE_MAX_BYTES = 10 * 1024 * 1024;
const FILES_AT_ONCE = 100;
/** A file that was written to more recently may not be whole. */
const SETTLED_MS = 2_000;

export class WatchFolders {
  readonly #context: ServiceContext;
  readonly #torrents: Pick<TorrentsService, "add">;

  constructor(context: ServiceContext, torrents: Pick<TorrentsService, "add">) {
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
    const wanted = names.filter((name) => /\.(?:torrent|magnet)$/i.test(name)).slice(0, FILES_AT_ONCE);
    for (const name of wanted) await this.#take(watch, join(folder, name));
  }

  async #take(watch: Fields, path: string): Promise<void> {
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isFile() !== true || stats.size > FILE_MAX_BYTES || Date.now() - stats.mtimeMs < SETTLED_MS) return;
    const { history } = this.#context;
    try {
      await this.#torrents.add({ ...requestOf(watch), source: await readSource(path) });
      if (watch.flag("delete")) await unlink(path);
      else await rename(path, `${path}.added`);
    } catch (error) {
      if (!(error instanceof TorrentialError)) throw error;
      // What the state cannot take now is tried again; the rest would be refused again and again.
      if (error.code === "state-unwritable" || error.code === "closing") return;
      const isKnown = error instanceof ServiceError && error.code === "duplicate";
      await rename(path, `${path}.${isKnown ? "added" : "invalid"}`).catch(() => undefined);
      history.add({ type: "watch-folder", level: isKnown ? "info" : "warning", message: `${path}: ${error.message}` });
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
