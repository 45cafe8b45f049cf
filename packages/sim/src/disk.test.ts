import { describe, expect, it } from "vitest";
import type { DiskDone, DiskJob } from "@torrential/engine";
import { Clock } from "./clock.ts";
import { SimDisk } from "./disk.ts";
import { PagePool } from "./pages.ts";
import { SimRandom } from "./random.ts";
import { makeTorrent } from "./torrent.ts";
import { Volume } from "./volume.ts";

const torrent = makeTorrent({
  seed: 9,
  files: [
    { path: ["t", "a"], lengthBytes: 100_000 },
    { path: ["t", "empty"], lengthBytes: 0 },
    { path: ["t", "b"], lengthBytes: 70_001 },
  ],
  pieceLength: 32_768,
});
const { content } = torrent;

function setUp(seed: number) {
  const clock = new Clock();
  const random = new SimRandom(seed);
  const volume = new Volume(clock, new PagePool());
  const done: DiskDone[] = [];
  const violations: string[] = [];
  const makeDisk = (): SimDisk =>
    new SimDisk({
      clock,
      random,
      volume,
      handleDone: (each) => done.push(each),
      handleViolation: (message) => violations.push(message),
    });
  const slab = new SharedArrayBuffer(1 << 20);
  const memory = new Uint8Array(slab);
  const settle = (): void => {
    while (clock.step());
  };
  const start = (disk: SimDisk): void => {
    disk.addSegment(0, slab);
    const files = content.files!.map((file) => ({ ...file, isPad: false, isExecutable: false }));
    disk.submit({
      type: "open",
      job: 1,
      store: 1,
      root: "/data",
      files,
      pieceLength: 32_768,
      pieceHashes: content.pieceHashes,
    });
    settle();
  };
  return { clock, volume, done, violations, makeDisk, memory, start, settle, random };
}

function commitOf(memory: Uint8Array, piece: number): DiskJob {
  const length = content.geometry.pieceLengthOf(piece);
  content.fill(memory.subarray(piece * 32_768, piece * 32_768 + length), content.geometry.pieceOffset(piece));
  const extents = [{ segment: 0, offset: piece * 32_768, length }];
  return { type: "commit", job: 100 + piece, store: 1, piece, extents, hashedExtents: 0, wantBlockDigests: false };
}

describe("simulated disk", () => {
  it("writes pieces over file borders and reads them back", () => {
    const { done, makeDisk, memory, start, settle, volume } = setUp(1);
    const disk = makeDisk();
    start(disk);
    settle();
    expect(done[0]).toMatchObject({
      type: "opened",
      found: [{ lengthBytes: -1 }, { lengthBytes: -1 }, { lengthBytes: -1 }],
    });
    for (let piece = 0; piece < content.geometry.pieceCount; piece++) disk.submit(commitOf(memory, piece));
    settle();
    expect(done.filter((each) => each.type === "committed")).toHaveLength(content.geometry.pieceCount);
    expect(volume.file("/data/t/b")?.lengthBytes).toBe(70_001);
    disk.submit({ type: "check", job: 7, store: 1, piece: 3 });
    disk.submit({
      type: "read",
      job: 8,
      store: 1,
      piece: 3,
      begin: 1000,
      extent: { segment: 0, offset: 900_000, length: 3000 },
    });
    settle();
    expect(done).toContainEqual({ type: "checked", job: 7, store: 1, piece: 3, result: "passed" });
    expect(memory.slice(900_000, 903_000)).toEqual(content.read(3 * 32_768 + 1000, 3000));
  });

  it("writes nothing of a piece that fails its hash", () => {
    const { done, makeDisk, memory, start, settle, volume } = setUp(2);
    const disk = makeDisk();
    start(disk);
    const job = commitOf(memory, 0);
    memory[5]! ^= 1;
    disk.submit(job);
    settle();
    expect(done[1]).toMatchObject({ type: "hash-failed", piece: 0 });
    expect(volume.paths).toEqual([]);
  });

  it("notices memory that is changed while a job has it", () => {
    const { makeDisk, memory, start, settle, violations } = setUp(3);
    const disk = makeDisk();
    start(disk);
    disk.submit(commitOf(memory, 0));
    memory[5]! ^= 1;
    settle();
    expect(violations).toHaveLength(1);
  });

  it("keeps what was synced through a power cut, and only that for sure", () => {
    let damaged = 0;
    for (let seed = 0; seed < 20; seed++) {
      const { done, makeDisk, memory, start, settle, volume, random } = setUp(seed);
      const disk = makeDisk();
      start(disk);
      for (const piece of [0, 1]) disk.submit(commitOf(memory, piece));
      settle();
      disk.submit({ type: "sync", job: 50, store: 1, pieces: [0, 1] });
      settle();
      for (const piece of [2, 3]) disk.submit(commitOf(memory, piece));
      settle();
      disk.kill();
      damaged += volume.crash(random);
      const next = makeDisk();
      start(next);
      for (const piece of [0, 1, 2, 3]) next.submit({ type: "check", job: 60 + piece, store: 1, piece });
      settle();
      const passed = done.filter((each) => each.type === "checked" && each.result === "passed").map((each) => each.job);
      expect(passed, `seed ${seed}`).toEqual(expect.arrayContaining([60, 61]));
    }
    expect(damaged).toBeGreaterThan(0);
  });

  it("fails with `full` when there is no room, having written what fits", () => {
    const { done, makeDisk, memory, start, settle, volume } = setUp(5);
    const disk = makeDisk();
    start(disk);
    volume.setRoom("/data", 40_000);
    for (const piece of [0, 1]) disk.submit(commitOf(memory, piece));
    settle();
    expect(done.map((each) => each.type).sort()).toEqual(["committed", "failed", "opened"]);
    expect(done).toContainEqual(
      expect.objectContaining({ type: "failed", error: expect.objectContaining({ class: "full" }) }),
    );
  });
});
