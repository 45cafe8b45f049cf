import { describe, expect, it } from "vitest";
import { AnnounceQueue, type DhtAnnounce } from "./announce-queue.ts";

const FOUND = { nodesAnswered: 8 };
const LOST = { nodesAnswered: 0 };

function announce(request: number, isSeed = true): DhtAnnounce {
  return { type: "dht-announce", request, infoHash: new Uint8Array(20), isSeed };
}

/** Everything that may begin now. */
function take(queue: AnnounceQueue, now: number): number[] {
  const begun: number[] = [];
  for (let next = queue.next(now); next !== undefined; next = queue.next(now)) begun.push(next.request);
  return begun;
}

describe("announce queue", () => {
  it("lets a few look at a time, until all of ten thousand have looked", () => {
    const queue = new AnnounceQueue();
    for (let request = 0; request < 10_000; request++) queue.add(announce(request));
    const order: number[] = [];
    for (let running = take(queue, 0); running.length > 0; running = take(queue, 0)) {
      expect(running.length).toBeLessThanOrEqual(32);
      order.push(...running);
      for (const request of running) queue.finish(request, FOUND, 0);
    }
    expect(order).toEqual(Array.from({ length: 10_000 }, (_, request) => request));
  });

  it("lets whoever downloads go before seeds", () => {
    const queue = new AnnounceQueue();
    for (let request = 0; request < 40; request++) queue.add(announce(request));
    queue.add(announce(100, false));
    expect(take(queue, 0)[0]).toBe(100);
  });

  it("sends one at a time to look for the network, and all once it is found", () => {
    const queue = new AnnounceQueue();
    for (let request = 0; request < 50; request++) queue.add(announce(request));
    const first = take(queue, 0);
    for (const request of first) queue.finish(request, LOST, 1_000);
    expect([take(queue, 1_000), queue.nextTimeout(1_000)]).toEqual([[], 6_000]);
    expect([take(queue, 6_000), queue.nextTimeout(6_000)]).toEqual([[32], undefined]);
    queue.finish(32, LOST, 7_000);
    expect(take(queue, 12_000)).toEqual([33]);
    queue.finish(33, FOUND, 12_500);
    expect(take(queue, 12_500)).toHaveLength(16);
  });

  it("forgets who is not interested any more", () => {
    const queue = new AnnounceQueue();
    for (let request = 0; request < 33; request++) queue.add(announce(request));
    take(queue, 0);
    expect([queue.cancel(32), queue.cancel(5), queue.cancel(5)]).toEqual([false, true, false]);
    expect([take(queue, 0), queue.nextTimeout(0)]).toEqual([[], undefined]);
  });
});
