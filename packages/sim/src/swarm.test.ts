import { describe, expect, it } from "vitest";
import { honestSeed, leech, poisoner, type LeechReport } from "./scripts.ts";
import { makeTorrent } from "./torrent.ts";
import { World } from "./world.ts";

function makeReport(): LeechReport {
  return { goodBytes: 0, badBlocks: 0, isDone: false };
}

describe("scripted peers in the world", () => {
  it("move a torrent at the speed of the slower link", () => {
    const world = new World({ seed: 1 });
    const torrent = makeTorrent({ seed: 1 });
    const seed = world.addPeer(torrent, honestSeed(), { upBytesPerSec: 1_000_000 });
    const report = makeReport();
    const leecher = world.addPeer(torrent, leech(report), { downBytesPerSec: 2_000_000, latencyMs: 5 });
    leecher.connect(seed.endpoint);
    expect(world.run(() => report.isDone, 60_000)).toBe(true);
    const idealMs = torrent.content.lengthBytes / 1000;
    expect(world.elapsedMs).toBeGreaterThan(idealMs);
    expect(world.elapsedMs).toBeLessThan(1.05 * idealMs);
    expect(report.badBlocks).toBe(0);
  });

  it("stall over a cut path and go on when it heals, losing nothing", () => {
    const world = new World({ seed: 2 });
    const torrent = makeTorrent({ seed: 2 });
    const seed = world.addPeer(torrent, honestSeed(), { upBytesPerSec: 1_000_000, loss: 0.01 });
    const report = makeReport();
    const leecher = world.addPeer(torrent, leech(report));
    leecher.connect(seed.endpoint);
    world.after(1000, () => world.network.partition([seed.host], [leecher.host]));
    world.idle(10_000);
    const stalledAt = report.goodBytes;
    expect(report.isDone).toBe(false);
    world.idle(10_000);
    expect(report.goodBytes).toBe(stalledAt);
    world.network.heal();
    expect(world.run(() => report.isDone, 60_000)).toBe(true);
    expect(report.badBlocks).toBe(0);
  });

  it("tell good blocks from poisoned ones", () => {
    const world = new World({ seed: 3 });
    const torrent = makeTorrent({ seed: 3 });
    const bad = world.addPeer(torrent, poisoner("garbage-after-first"));
    const report = makeReport();
    world.addPeer(torrent, leech(report)).connect(bad.endpoint);
    world.idle(20_000);
    expect(report.badBlocks).toBe(torrent.content.geometry.blockCount - torrent.content.geometry.pieceCount);
  });

  it("are refused where nobody listens and time out where nobody is", () => {
    const world = new World({ seed: 4 });
    const torrent = makeTorrent({ seed: 4 });
    const peer = world.addPeer(torrent, honestSeed());
    const host = world.addHost();
    peer.connect({ address: host.address, port: 1, family: 4 });
    peer.connect({ address: "45.200.200.200", port: 1, family: 4 });
    world.idle(30_000);
    expect(peer.closes.map((close) => close.reason)).toEqual(["refused", "timeout"]);
  });
});
