import type { Lifecycle, TorrentStatus } from "@torrential/node";
import { describe, expect, it } from "vitest";
import { FakeTorrent, INFO_HASH } from "../test-support/torrent.ts";
import { type ItemOptions, TransferItem } from "./item.ts";

const DOWNLOAD: ItemOptions = {
  mode: "download",
  staysToSeed: false,
  port: 6881,
  seedRatio: undefined,
  seedTimeMs: undefined,
  timeoutMs: undefined,
};

function make(options: Partial<ItemOptions> = {}): {
  item: TransferItem;
  move: (state: Lifecycle, nowMs?: number, changes?: Partial<TorrentStatus>) => void;
  torrent: FakeTorrent;
} {
  const torrent = new FakeTorrent();
  const item = new TransferItem(torrent, { ...DOWNLOAD, ...options }, 0);
  return {
    item,
    torrent,
    move: (state, nowMs = 0, changes = {}) => {
      torrent.changes = { ...torrent.changes, state, ...changes };
      item.handleEvent({ type: "state", infoHash: INFO_HASH, state }, nowMs);
    },
  };
}

describe("a download", () => {
  it("is over when all is there", () => {
    const { item, move } = make();
    move({ status: "downloading" });
    expect(item.isOver).toBe(false);
    move({ status: "seeding" });
    expect([item.isOver, item.failure, item.view(0).state]).toEqual([true, undefined, "finished"]);
  });

  it("stays when it is to seed, and may be stopped then", () => {
    const { item, move } = make({ staysToSeed: true });
    move({ status: "downloading" });
    expect(item.isOnlySeeding).toBe(false);
    move({ status: "seeding" });
    expect([item.isOver, item.isOnlySeeding, item.view(0).state]).toEqual([false, true, "seeding"]);
  });

  it("seeds until its ratio is reached", () => {
    const { item, move, torrent } = make({ staysToSeed: true, seedRatio: 1.5 });
    move({ status: "seeding" }, 0, { uploadedBytes: 1499 });
    item.handleTick(1);
    expect([item.isOver, item.isOnlySeeding]).toEqual([false, false]);
    torrent.changes = { ...torrent.changes, uploadedBytes: 1500 };
    item.handleTick(2);
    expect([item.isOver, item.view(0).state]).toEqual([true, "finished"]);
  });

  it("seeds for its time, counted from the last byte", () => {
    const { item, move } = make({ staysToSeed: true, seedTimeMs: 1000 });
    move({ status: "seeding" }, 5000);
    item.handleTick(5999);
    expect(item.isOver).toBe(false);
    item.handleTick(6000);
    expect(item.isOver).toBe(true);
  });

  it("fails with the disk, but not when the disk is only busy", () => {
    const error = { status: "error", owner: "root", message: "Could not write: full.", retryAt: 0 } as const;
    const { item, move } = make();
    move({ status: "downloading" });
    move({ ...error, class: "busy" });
    expect(item.isOver).toBe(false);
    move({ ...error, class: "full" });
    expect(item.failure).toMatchObject({ code: "disk-full", exitCode: 4, message: "a.bin: Could not write: full" });
    move({ status: "stopped" });
    expect(item.view(0).state).toBe("error");
  });

  it("gives up when no byte comes for too long", () => {
    const { item, move, torrent } = make({ timeoutMs: 5000 });
    move({ status: "downloading" });
    item.handleTick(1);
    torrent.changes = { ...torrent.changes, verifiedBytes: 500 };
    item.handleTick(4000);
    item.handleTick(8999);
    expect(item.isOver).toBe(false);
    item.handleTick(9000);
    expect(item.failure).toMatchObject({ exitCode: 6, message: "a.bin: nothing came for 5 s; 50.0 % is there" });
  });

  it("says once what it waits for, and again when peers came and went", () => {
    const { item, move, torrent } = make();
    move({ status: "downloading" });
    const say = (peers: number, nowMs: number): string | undefined => {
      torrent.changes = { ...torrent.changes, peers };
      return item.handleTick(nowMs);
    };
    expect([say(0, 0), say(0, 9999)]).toEqual([undefined, undefined]);
    expect(say(0, 10_000)).toContain("a.bin: no peer is connected");
    expect([say(0, 20_000), say(1, 21_000), say(0, 22_000)]).toEqual([undefined, undefined, undefined]);
    expect(say(0, 32_000)).toContain("no peer is connected");
  });
});

describe("a seed", () => {
  it("does not fetch what is missing", () => {
    const { item, move } = make({ mode: "seed", staysToSeed: true });
    move({ status: "downloading" }, 0, { verifiedBytes: 999 });
    expect(item.failure).toMatchObject({ code: "incomplete", exitCode: 5 });
    expect(item.failure?.message).toContain("a.bin: 99.9 % of it is there");
  });
});

describe("changes of state", () => {
  it("are seen once", () => {
    const { item, move } = make();
    move({ status: "checking", checked: 0, total: 1 });
    expect([item.takeChange(item.view(0)), item.takeChange(item.view(0))]).toEqual([true, false]);
    move({ status: "downloading" });
    expect(item.takeChange(item.view(0))).toBe(true);
  });
});
