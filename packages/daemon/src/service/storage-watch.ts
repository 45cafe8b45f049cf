/** Takes torrents out of the engine while their disk is gone, and back in when it is back. */
import type { ServiceContext } from "./context.ts";
import type { Entry } from "./entry.ts";
import { MARKER_NAME, type Roots } from "./roots.ts";
import type { Runner } from "./runner.ts";

export class StorageWatch {
  readonly #context: ServiceContext;
  readonly #runner: Runner;
  readonly #roots: Roots;

  constructor(context: ServiceContext, runner: Runner, roots: Roots) {
    this.#context = context;
    this.#runner = runner;
    this.#roots = roots;
  }

  /** Before anything is started, and every few seconds. */
  async tick(): Promise<void> {
    const { model } = this.#context;
    await this.#roots.probe(this.#folders());
    const missing = new Set([...this.#folders()].filter((folder) => this.#roots.stateOf(folder) === "missing"));
    for (const entry of model.entries) this.#judge(entry, missing);
    this.#runner.pump();
  }

  /** Where torrents lie: many of them in one. */
  #folders(): ReadonlySet<string> {
    return new Set([...this.#context.model.entries].map(({ record }) => record.currentFolder));
  }

  /** `missing`: folders whose disk is gone. */
  #judge(entry: Entry, missing: ReadonlySet<string>): void {
    const { model, history } = this.#context;
    const { infoHash, record } = entry;
    const isMissing = missing.has(record.currentFolder);
    const wasMissing = entry.problem?.kind === "storage-missing";
    if (isMissing === wasMissing || (isMissing && entry.problem !== undefined)) return;
    if (isMissing) {
      const root = this.#roots.rootOf(record.currentFolder) ?? record.currentFolder;
      const message = `The folder ${root} is not there, or is another disk than before`;
      entry.problem = {
        kind: "storage-missing",
        code: "gone",
        message,
        remedy: `Connect the disk: it goes on by itself. If this is the right folder, make an empty file ${MARKER_NAME} in it.`,
      };
      history.add({ type: "problem", level: "error", infoHash, message });
    } else {
      entry.problem = undefined;
      history.add({ type: "recovered", infoHash, message: `Its folder ${record.currentFolder} is back` });
    }
    model.touch(entry);
    this.#runner.consider(entry);
  }
}
