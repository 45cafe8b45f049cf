/**
 * Brings data to where it belongs: to another folder that the user chose, or out of the folder for what is incomplete. The
 * aim is in the record, so that a move goes on after a restart; the engine moves, one torrent at a time.
 */
import type { ServiceContext } from "./context.ts";
import type { Editor } from "./editing.ts";
import type { Entry } from "./entry.ts";
import type { Roots } from "./roots.ts";
import type { Runner } from "./runner.ts";

/** After a failure the next attempt waits so long. */
const RETRY_MS = 60_000;

export interface MovingDeps {
  readonly context: ServiceContext;
  readonly editor: Editor;
  readonly runner: Runner;
  readonly roots: Roots;
}

export class Moving {
  readonly #deps: MovingDeps;
  readonly #failedAt = new WeakMap<Entry, number>();
  #isMoving = false;

  constructor(deps: MovingDeps) {
    this.#deps = deps;
  }

  /** Begins the next move, if one is due and none is under way. Call every few seconds, and when an aim changed. */
  tick(): void {
    if (this.#isMoving) return;
    for (const entry of this.#deps.context.model.entries) {
      if (!this.#isDue(entry)) continue;
      this.#isMoving = true;
      void this.#move(entry).finally(() => {
        this.#isMoving = false;
      });
      return;
    }
  }

  #isDue(entry: Entry): boolean {
    const { record, phase, problem } = entry;
    if (aimOf(entry) === record.currentFolder || record.facts === undefined || problem !== undefined) return false;
    if (phase === "loading" || phase === "unloading" || entry.live?.state.status === "checking") return false;
    const failedAt = this.#failedAt.get(entry);
    return failedAt === undefined || this.#deps.context.clock.now() - failedAt >= RETRY_MS;
  }

  async #move(entry: Entry): Promise<void> {
    const { context, editor, runner, roots } = this.#deps;
    const { infoHash } = entry;
    const { currentFolder } = entry.record;
    const folder = aimOf(entry);
    try {
      await roots.prepare(folder);
      const bytesPerSec = context.settings()["downloads.move_rate"] || undefined;
      await runner.visit(entry, () => context.engine.ask({ type: "move", infoHash, root: folder, bytesPerSec }));
      // Once where it belongs it stays there, whatever is found missing later.
      const isHome = folder === entry.record.folder;
      await editor.edit([entry], () => ({ currentFolder: folder, ...(isHome ? { incompleteFolder: undefined } : {}) }));
      context.history.add({
        type: "moved",
        infoHash,
        message: `Its files were moved from ${currentFolder} to ${folder}`,
      });
    } catch (error) {
      this.#failedAt.set(entry, context.clock.now());
      const message = `Its files could not be moved to ${folder}: ${error instanceof Error ? error.message : String(error)}`;
      context.history.add({ type: "problem", level: "error", infoHash, message });
    }
    runner.consider(entry);
    runner.pump();
  }
}

/** Where its data is to be now. */
function aimOf({ record, progress }: Entry): string {
  return progress.isComplete ? record.folder : (record.incompleteFolder ?? record.folder);
}
