/** What was moved since the last look, from totals that only grow. */
import type { Entry } from "./entry.ts";
import type { Rates } from "./rates.ts";

export class Traffic {
  readonly #last = new WeakMap<Entry, { down: number; up: number; wasted: number }>();

  /** Of all entries together; each torrent's share goes to `rates`. */
  take(
    entries: Iterable<Entry>,
    rates: Rates,
  ): { readonly down: number; readonly up: number; readonly wasted: number } {
    const sum = { down: 0, up: 0, wasted: 0 };
    for (const entry of entries) {
      const { downloadedBytes: down, uploadedBytes: up, wastedBytes: wasted } = entry.progress;
      const last = this.#last.get(entry);
      this.#last.set(entry, { down, up, wasted });
      if (last === undefined) continue;
      const moved = { down: Math.max(0, down - last.down), up: Math.max(0, up - last.up) };
      if (moved.down + moved.up > 0) rates.addTorrent(entry.infoHash, moved);
      sum.down += moved.down;
      sum.up += moved.up;
      sum.wasted += Math.max(0, wasted - last.wasted);
    }
    rates.addSession(sum);
    return sum;
  }
}
