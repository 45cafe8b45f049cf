/**
 * Runs the programs that the config file names when something happens to a torrent (PROMISES C3): never through a shell,
 * and what strangers named is in the environment alone.
 */
import { spawn } from "node:child_process";
import type { HistoryEvent } from "./changes.ts";
import type { ServiceContext } from "./context.ts";
import { Fields } from "../state/fields.ts";

const AT_ONCE = 4;
const WAITING_MAX = 1_000;
const TIMEOUT_MS = 10 * 60_000;
/** One that does not leave when asked. */
const KILL_AFTER_MS = 5_000;

interface Run {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export class Hooks {
  readonly #context: ServiceContext;
  #waiting: Run[] = [];
  #running = 0;

  constructor(context: ServiceContext) {
    this.#context = context;
    context.history.subscribe((event) => this.#handle(event));
  }

  #handle(event: HistoryEvent): void {
    if (event.infoHash === undefined) return;
    for (const hook of this.#context.settings().hooks) {
      const fields = Fields.of(hook);
      if (!fields.texts("on").includes(event.type)) continue;
      if (this.#waiting.length >= WAITING_MAX) return;
      this.#waiting.push({
        name: fields.text("name") ?? "",
        command: fields.texts("command"),
        env: this.#describe(event),
      });
    }
    this.#next();
  }

  #describe({ type, infoHash, message }: HistoryEvent): Readonly<Record<string, string>> {
    const entry = this.#context.model.find(infoHash ?? "");
    const view = entry === undefined ? undefined : this.#context.model.view(entry, this.#context.clock.now());
    return {
      TORRENTIAL_EVENT: type,
      TORRENTIAL_INFO_HASH: infoHash ?? "",
      TORRENTIAL_MESSAGE: clean(message),
      TORRENTIAL_NAME: clean(view?.name ?? ""),
      TORRENTIAL_FOLDER: clean(view?.currentFolder ?? ""),
      TORRENTIAL_PATH: clean(view?.contentPath ?? ""),
      TORRENTIAL_CATEGORY: clean(view?.category ?? ""),
      TORRENTIAL_TAGS: clean(view?.tags.join(",") ?? ""),
    };
  }

  #next(): void {
    while (this.#running < AT_ONCE) {
      const run = this.#waiting.shift();
      if (run === undefined) return;
      this.#running += 1;
      this.#run(run);
    }
  }

  #run({ name, command, env }: Run): void {
    const [file = "", ...args] = command;
    const child = spawn(file, args, {
      shell: false,
      stdio: "ignore",
      env: { ...process.env, ...env },
      timeout: TIMEOUT_MS,
    });
    const killer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS + KILL_AFTER_MS);
    let isOver = false;
    const finish = (problem: string | undefined): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(killer);
      this.#running -= 1;
      const message = problem === undefined ? `The hook ${name} ran` : `The hook ${name} failed: ${problem}`;
      this.#context.history.add({ type: "hook", level: problem === undefined ? "info" : "warning", message });
      this.#next();
    };
    child.on("error", (error) => finish(error.message));
    child.on("exit", (code, signal) => finish(code === 0 ? undefined : `it ended with ${signal ?? code}`));
  }
}

/** An environment takes no zero bytes. */
function clean(text: string): string {
  return text.replaceAll("\0", "");
}
