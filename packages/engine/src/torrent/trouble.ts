/** What a disk's refusal makes of a torrent: whose turn it is, and when it is tried again. */
import type { DiskError } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { Lifecycle } from "./lifecycle.ts";

/** PROMISES, faults 6: retry after 30 s, doubling to 10 min. */
const RETRY_MS = 30_000;
const RETRY_MAX_MS = 600_000;

export class Trouble {
  #retryMs = RETRY_MS;

  /** The disk works: the next refusal is a first one again. */
  reset(): void {
    this.#retryMs = RETRY_MS;
  }

  /** The state that follows, with the time of the next try. */
  judge(error: DiskError, now: Millis): Extract<Lifecycle, { status: "error" }> {
    const { class: diskClass, message } = error;
    const owner = diskClass === "gone" || diskClass === "full" || diskClass === "read-only" ? "root" : "torrent";
    // Data that others changed is for its owner to decide on: started again, it is checked again.
    const retryAt = diskClass === "corrupt" ? Number.POSITIVE_INFINITY : now + this.#retryMs;
    // F03: what waits for room goes on within a minute of its being there; asking costs one write.
    if (diskClass !== "full") this.#retryMs = Math.min(RETRY_MAX_MS, this.#retryMs * 2);
    return { status: "error", owner, class: diskClass, message, retryAt };
  }
}
