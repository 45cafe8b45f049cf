/** What only the engine knows of a torrent, asked for when somebody looks: kept while it is fresh. */
import type { InfoHash } from "@torrential/core";
import type { EngineDetails } from "../engine-thread/messages.ts";
import { ENGINE_WAIT_MS } from "./asking.ts";
import type { ServiceContext } from "./context.ts";

/** The engine reports for ten seconds after a look: it is asked again before that ends. */
const ASK_AGAIN_MS = 5_000;
/** Older than this it is not shown any more. */
const FRESH_MS = 3_000;

interface Slot {
  askedAt: number;
  at: number;
  details: EngineDetails | undefined;
  waiting: (() => void)[];
}

export class DetailCache {
  readonly #context: Pick<ServiceContext, "engine" | "clock">;
  readonly #slots = new Map<InfoHash, Slot>();

  constructor(context: Pick<ServiceContext, "engine" | "clock">) {
    this.#context = context;
  }

  /** Undefined when the engine does not answer in time, or does not know the torrent. */
  async get(infoHash: InfoHash): Promise<EngineDetails | undefined> {
    const now = this.#context.clock.now();
    const slot = this.#slots.get(infoHash) ?? { askedAt: -Infinity, at: -Infinity, details: undefined, waiting: [] };
    this.#slots.set(infoHash, slot);
    if (now - slot.askedAt > ASK_AGAIN_MS) {
      slot.askedAt = now;
      this.#context.engine.send({ type: "watch", infoHash });
    }
    if (now - slot.at > FRESH_MS) await this.#wait(slot);
    return slot.details;
  }

  put(details: EngineDetails): void {
    const slot = this.#slots.get(details.infoHash);
    if (slot === undefined) return;
    slot.at = this.#context.clock.now();
    slot.details = details;
    for (const resolve of slot.waiting) resolve();
    slot.waiting = [];
  }

  /** Lets go of what nobody looked at for a while. */
  sweep(): void {
    const now = this.#context.clock.now();
    for (const [infoHash, slot] of this.#slots)
      if (now - slot.askedAt > 3 * ASK_AGAIN_MS && slot.waiting.length === 0) this.#slots.delete(infoHash);
  }

  async #wait(slot: Slot): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        slot.details = undefined;
        resolve();
      }, ENGINE_WAIT_MS);
      slot.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
