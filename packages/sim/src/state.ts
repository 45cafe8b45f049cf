/** Where journals live: it outlives processes, and what was not answered when one dies may be torn. */
import { concatBytes } from "@torrential/core";
import type { StateCommand } from "@torrential/engine";
import type { Clock } from "./clock.ts";
import type { SimRandom } from "./random.ts";

/** Journals of one host, by key. */
export class JournalStore {
  readonly #journals = new Map<string, Uint8Array>();
  appends = 0;

  read(key: string): Uint8Array | undefined {
    return this.#journals.get(key)?.slice();
  }

  apply(command: StateCommand): void {
    switch (command.type) {
      case "journal-append":
        this.appends += 1;
        this.#journals.set(
          command.key,
          concatBytes([this.#journals.get(command.key) ?? new Uint8Array(0), command.bytes]),
        );
        return;
      case "journal-replace":
        this.#journals.set(command.key, command.bytes.slice());
        return;
      case "journal-remove":
        this.#journals.delete(command.key);
        return;
      default:
        command satisfies never;
    }
  }

  /** An append that was under way: its first bytes are there. */
  tear(command: StateCommand, keptBytes: number): void {
    if (command.type === "journal-append") this.apply({ ...command, bytes: command.bytes.subarray(0, keptBytes) });
  }
}

export interface StateOptions {
  readonly latencyMs: number;
}

export interface StateDeps {
  readonly clock: Clock;
  readonly random: SimRandom;
  readonly store: JournalStore;
  /** A command that wants to be answered was carried out, or failed. */
  readonly handleSaved?: (save: number, result: { readonly ok: boolean }) => void;
}

/** The state thread of one process: commands in order, each durable when it is answered. */
export class SimState {
  readonly #deps: StateDeps;
  readonly #options: StateOptions;
  readonly #queue: StateCommand[] = [];
  #isDead = false;
  /** While set, nothing can be saved. */
  isFailing = false;

  constructor(deps: StateDeps, options: StateOptions = { latencyMs: 5 }) {
    this.#deps = deps;
    this.#options = options;
  }

  submit(command: StateCommand): void {
    this.#queue.push(command);
    if (this.#queue.length === 1) this.#startNext();
  }

  /** The process ends: of the command under way, nothing, a part, or all was done; replacing is all or nothing. */
  kill(): void {
    this.#isDead = true;
    const command = this.#queue[0];
    if (command === undefined) return;
    const { random, store } = this.#deps;
    if (command.type === "journal-append") store.tear(command, random.nextInt(command.bytes.length + 1));
    else if (random.hasChance(0.5)) store.apply(command);
  }

  #startNext(): void {
    const delayMs = this.#options.latencyMs * this.#deps.random.nextBetween(0.5, 1.5);
    this.#deps.clock.after(delayMs, () => this.#finish());
  }

  #finish(): void {
    if (this.#isDead) return;
    const command = this.#queue.shift();
    if (command === undefined) return;
    if (!this.isFailing) this.#deps.store.apply(command);
    if (command.type === "journal-replace" && command.save !== undefined)
      this.#deps.handleSaved?.(command.save, { ok: !this.isFailing });
    if (this.#queue.length > 0) this.#startNext();
  }
}
