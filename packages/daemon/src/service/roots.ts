/**
 * Whether the folders that torrents lie in are really there (PROMISES, faults 4, and F08). Each root that holds torrents
 * has a marker file and is remembered with its device: an empty mount point is not the disk that was there.
 */
import { randomUUID } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureFolder } from "@torrential/node";
import type { KeyValueStore } from "./service.ts";
import { isWithin } from "./paths.ts";

export const MARKER_NAME = ".torrential-root";
const AREA = "roots";
/** A root that does not answer for so long is not there: a dead network drive. */
const PROBE_TIMEOUT_MS = 5_000;

export type RootState = "present" | "missing";

interface KnownRoot {
  readonly marker: string;
  readonly device: number;
}

export class Roots {
  readonly #values: KeyValueStore;
  readonly #roots: () => readonly string[];
  readonly #states = new Map<string, RootState>();
  /** Asked, and not answered yet: a hung one is not asked again. */
  readonly #probing = new Set<string>();

  constructor(values: KeyValueStore, roots: () => readonly string[]) {
    this.#values = values;
    this.#roots = roots;
  }

  /** The root that a folder lies under: the nearest. */
  rootOf(folder: string): string | undefined {
    const roots = this.#roots().filter((root) => isWithin(folder, root));
    return roots.toSorted((a, b) => b.length - a.length)[0];
  }

  /** As of the last probe; a root that was never probed is there. */
  stateOf(folder: string): RootState {
    const root = this.rootOf(folder);
    return root === undefined ? "present" : (this.#states.get(root) ?? "present");
  }

  /** A root that was never looked at is made and marked, before the first torrent in it is taken in. */
  async prepare(folder: string): Promise<void> {
    const root = this.rootOf(folder) ?? folder;
    if (!this.#states.has(root)) await this.probe([folder]);
  }

  /** Looks at every root that holds `folders`. Resolves with those whose state is another now. */
  async probe(folders: Iterable<string>): Promise<ReadonlyMap<string, RootState>> {
    const roots = new Set<string>();
    for (const folder of folders) roots.add(this.rootOf(folder) ?? folder);
    const changed = new Map<string, RootState>();
    await Promise.all(
      [...roots].map(async (root) => {
        if (this.#probing.has(root)) return;
        const state = await this.#probeInTime(root);
        if ((this.#states.get(root) ?? "present") !== state) changed.set(root, state);
        this.#states.set(root, state);
      }),
    );
    return changed;
  }

  async #probeInTime(root: string): Promise<RootState> {
    this.#probing.add(root);
    const probed = this.#probeOne(root).finally(() => this.#probing.delete(root));
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<RootState>((resolve) => {
      timer = setTimeout(() => resolve("missing"), PROBE_TIMEOUT_MS);
    });
    const state = await Promise.race([probed, timeout]);
    clearTimeout(timer);
    return state;
  }

  async #probeOne(root: string): Promise<RootState> {
    const known = parseKnown(this.#values.get(AREA, root));
    const marker = await readFile(join(root, MARKER_NAME), "utf8").catch(() => undefined);
    const stats = await stat(root).catch(() => undefined);
    if (known === undefined) return await this.#adopt(root, marker);
    if (stats === undefined) return "missing";
    if (marker === known.marker) {
      if (stats.dev !== known.device) await this.#remember(root, { marker, device: stats.dev });
      return "present";
    }
    // An empty marker is its user's word that this is the root, wherever it is now.
    const isVouchedFor = marker?.trim() === "";
    // The marker alone was deleted: the device is still the one that was there, and so is what lay on it. An empty folder is
    // what is left of a mount that shared its device.
    const isUnmarked = marker === undefined && stats.dev === known.device && !(await isEmpty(root));
    if (!isVouchedFor && !isUnmarked) return "missing";
    await writeFile(join(root, MARKER_NAME), known.marker).catch(() => undefined);
    await this.#remember(root, { marker: known.marker, device: stats.dev });
    return "present";
  }

  /** A root that no torrent was in before is made, and marked. */
  async #adopt(root: string, found: string | undefined): Promise<RootState> {
    const marker = found?.trim() === "" || found === undefined ? randomUUID() : found;
    try {
      await ensureFolder(root);
      if (marker !== found) await writeFile(join(root, MARKER_NAME), marker);
      await this.#remember(root, { marker, device: (await stat(root)).dev });
      return "present";
    } catch {
      // It cannot be made or written to: the engine says what is wrong with each torrent.
      return "present";
    }
  }

  async #remember(root: string, known: KnownRoot): Promise<void> {
    await this.#values.set(AREA, root, JSON.stringify(known)).catch(() => undefined);
  }
}

async function isEmpty(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length === 0;
}

function parseKnown(text: string | undefined): KnownRoot | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("marker" in value) || !("device" in value)) return undefined;
    const { marker, device } = value;
    return typeof marker === "string" && typeof device === "number" ? { marker, device } : undefined;
  } catch {
    // Damaged: it is marked anew.
    return undefined;
  }
}
