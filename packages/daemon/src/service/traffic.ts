/** What was moved since the last look, from totals that only grow. */
import type { Entry } from "./entry.ts";
import type { Rates } from "./rates.ts";
import type { TouchLog } from "./touch-log.ts";

interface Totals {
  down: number;
  up: number;
  wasted: number;
}

/** Torrents, and which of them may have moved something. */
export interface TrafficSource {
  readonly entries: Iterable<Entry>;
  readonly touches: TouchLog<Entry>;
}

export class Traffic {
  readonly #last = new WeakMap<Entry, Totals>();
  #position = -1;

  /** Of all entries together; each torrent's share goes to `rates`. */
  take(source: TrafficSource, rates: Rates): Readonly<Totals> {
    const sum = { down: 0, up: 0, wasted: 0 };
    // Who was not touched moved nothing.
    for (const entry of source.touches.since(this.#position) ?? source.entries) this.#add(entry, sum, rates);
    this.#position = source.touches.end;
    rates.addSession(sum);
    return sum;
  }

  #add(entry: Entry, sum: Totals, rates: Rates): void {
    const { downloadedBytes: down, uploadedBytes: up, wastedBytes: wasted } = entry.progress;
    const last = this.#last.get(entry);
    if (last === undefined) {
      this.#last.set(entry, { down, up, wasted });
      return;
    }
    const moved = { down: Math.max(0, down - last.down), up: Math.max(0, up - last.up) };
    if (moved.down + moved.up > 0) rates.addTorrent(entry.infoHash, moved);
    sum.down += moved.down;
    sum.up += moved.up;
    sum.wasted += Math.max(0, wasted - last.wasted);
    last.down = down;
    last.up = up;
    last.wasted = wasted;
  }
}
