/** UDP trackers: whatever datagrams come whenever, nothing throws and each request ends once. */
import assert from "node:assert/strict";
import { formatEndpoint, parseEndpoint } from "@torrential/core";
import { UdpTrackerMachine } from "@torrential/protocol";
import type { AnnounceRequest } from "@torrential/protocol";

const REQUEST: AnnounceRequest = {
  infoHash: new Uint8Array(20).fill(1),
  peerId: new Uint8Array(20).fill(2),
  port: 6881,
  uploaded: 0,
  downloaded: 0,
  left: 0,
  event: "started",
  numWant: 50,
  key: 1,
};

/** Runs of [length, bytes]; a length above 200 is that many seconds of waiting, less 200. */
const CONNECT_ANSWER = [16, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8];
const ANNOUNCE_ANSWER = [26, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 7, 8, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 26, 225];
const SCRAPE_ANSWER = [20, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
const ERROR_ANSWER = [10, 0, 0, 0, 3, 0, 0, 0, 1, 110, 111];
export const seeds: readonly Uint8Array[] = [
  [...CONNECT_ANSWER, ...ANNOUNCE_ANSWER, ...SCRAPE_ANSWER],
  [215, ...CONNECT_ANSWER, 230, ...ERROR_ANSWER, 255, 201],
].map((bytes) => Uint8Array.from(bytes));

export function fuzz(input: Uint8Array): void {
  let drawn = 0;
  let now = 0;
  const ended = new Set<number>();
  const machine = new UdpTrackerMachine(
    { family: input.length % 2 === 0 ? 4 : 6 },
    { random: () => ++drawn / 2 ** 32 },
  );
  const drain = (): void => {
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
      if (output.type === "send") continue;
      assert.ok(!ended.has(output.request), `request ${output.request} ended twice`);
      ended.add(output.request);
      if (output.type !== "announced") continue;
      for (const peer of output.response.peers) assert.deepEqual(parseEndpoint(formatEndpoint(peer)), peer);
    }
  };
  machine.handleAnnounce(1, REQUEST, now);
  machine.handleScrape(2, [REQUEST.infoHash], now);
  for (let at = 0; at < input.length; drain()) {
    const length = input[at++] ?? 0;
    if (length > 200) {
      now += (length - 200) * 1000;
      machine.handleTimeout(now);
      continue;
    }
    machine.handleDatagram(input.subarray(at, at + length), now);
    at += length;
  }
  machine.handleTimeout(now + 60_000);
  drain();
  assert.deepEqual([...ended].toSorted(), [1, 2]);
  assert.equal(machine.nextTimeout(), undefined);
}
