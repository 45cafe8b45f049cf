/** A status for tests of those who show it. */
import type { StatusView } from "../transfer/status-view.ts";

export function makeView(changes: Partial<StatusView> = {}): StatusView {
  return {
    infoHash: "00",
    name: "debian.iso",
    state: "downloading",
    length: 1_000_000_000,
    verified: 614_000_000,
    downRate: 112_000_000,
    upRate: 0,
    uploaded: 0,
    downloaded: 614_000_000,
    peers: 12,
    seeds: 3,
    knownPeers: 40,
    sources: {},
    eta: 4,
    wasted: 0,
    checked: undefined,
    metadata: undefined,
    loopDelayP99Ms: 1,
    ...changes,
  };
}

/** Keeps what is written to it. */
export class Sink {
  text = "";

  write(text: string): void {
    this.text += text;
  }
}
