import { readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { DiskDone, DiskJob } from "@torrential/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DiskPool } from "./pool.ts";
import { TestPool } from "./test-pool.ts";
import { commitOf, extentsOf, file, makeStore, type TestFolder, type TestStore } from "./test-store.ts";

let test: TestPool;
let folder: TestFolder;
let pool: DiskPool;

beforeEach(() => {
  test = new TestPool(2);
  ({ folder, pool } = test);
});
afterEach(() => test.close());

const answersOf = (...jobs: DiskJob[]): Promise<DiskDone[]> => test.answersOf(...jobs);

function openJob(store: TestStore): DiskJob {
  const { root, files, pieceLength, pieceHashes } = store;
  return { type: "open", job: 1, store: 1, root, files, pieceLength, pieceHashes };
}

const commit = (store: TestStore, piece: number, hashedExtents = 0): DiskJob =>
  commitOf(store, piece, { hashedExtents, extentLength: 8192 }) as DiskJob;
const syncOf = (pieces: readonly number[]): DiskJob => ({ type: "sync", job: 90, store: 1, pieces });

describe("disk pool", () => {
  it("opens, commits, syncs, reads back and closes", async () => {
    const store = makeStore(folder.path, [file("a", 3_000_000), file("d/b", 2_000_001)], 262_144);
    pool.addSegment(0, store.segment);
    const commits = Array.from({ length: store.pieceCount }, (_, piece) => commit(store, piece));
    const done = await answersOf(openJob(store), ...commits);
    expect(done.map(({ type }) => type).toSorted()).toEqual([...commits.map(() => "committed"), "opened"]);
    const checks = Array.from({ length: store.pieceCount }, (_, piece): DiskJob => ({
      type: "check",
      job: 200 + piece,
      store: 1,
      piece,
    }));
    const checked = await answersOf(syncOf(checks.keys().toArray()), ...checks);
    expect(checked.filter((each) => each.type === "checked" && each.result === "passed").length).toBe(store.pieceCount);
    expect(checked.filter((each) => each.type === "synced")).toEqual([{ type: "synced", job: 90, store: 1 }]);
    expect(
      Buffer.concat([readFileSync(join(folder.path, "a")), readFileSync(join(folder.path, "d/b"))]).equals(
        store.content,
      ),
    ).toBe(true);
    expect(await answersOf({ type: "close", job: 99, store: 1, deleteFiles: false })).toEqual([
      { type: "closed", job: 99, store: 1 },
    ]);
  });

  it("runs the jobs of a piece in the order they were given", async () => {
    const store = makeStore(folder.path, [file("a", 1_000_000)], 65_536);
    pool.addSegment(0, store.segment);
    const target = { segment: 0, offset: store.content.length, length: 65_536 };
    const jobs = Array.from({ length: 15 }, (_, piece): DiskJob[] => {
      const extents = extentsOf(store, piece, 8192);
      return [
        { type: "hash-ahead", job: piece * 10, store: 1, piece, extents: extents.slice(0, 4) },
        commit(store, piece, 4),
        { type: "read", job: piece * 10 + 2, store: 1, piece, begin: 0, extent: target },
      ];
    });
    const done = await answersOf(openJob(store), ...jobs.flat());
    const ofPiece = (piece: number): string[] =>
      done.filter((each) => "piece" in each && each.piece === piece).map(({ type }) => type);
    for (let piece = 0; piece < 15; piece++) expect(ofPiece(piece)).toEqual(["hashed-ahead", "committed", "read"]);
  });

  it("begins a read in the turn that asks for it", async () => {
    const store = makeStore(folder.path, [file("a", 16_384)], 16_384);
    pool.addSegment(0, store.segment);
    await answersOf(openJob(store), commit(store, 0));
    const shared = new SharedArrayBuffer(16_384);
    pool.addSegment(1, shared);
    const extent = { segment: 1, offset: 0, length: 16_384 };
    pool.submit({ type: "read", job: 50, store: 1, piece: 0, begin: 0, extent });
    pool.flushReads();
    // This turn does not end before the bytes are here.
    const word = new Int32Array(shared, 16_380);
    for (let waited = 0; Atomics.load(word, 0) === 0 && waited < 3_000; waited++) Atomics.wait(word, 0, 0, 10);
    expect(new Uint8Array(shared)).toEqual(store.content);
    await test.settle();
  });

  it("syncs the files of the pieces it is told, and says when one is gone", async () => {
    const store = makeStore(folder.path, [file("a", 100), file("b", 100)], 100);
    pool.addSegment(0, store.segment);
    await answersOf(openJob(store), commit(store, 0), commit(store, 1));
    unlinkSync(join(folder.path, "a"));
    expect(await answersOf(syncOf([1]))).toMatchObject([{ type: "synced" }]);
    expect(await answersOf(syncOf([0, 1]))).toMatchObject([{ type: "failed", job: 90, error: { class: "gone" } }]);
    await answersOf({ type: "close", job: 98, store: 1, deleteFiles: false });
  });

  it("closes after the jobs before it, in every thread, and deletes", async () => {
    const store = makeStore(folder.path, [file("a", 1_000_000)], 16_384);
    pool.addSegment(0, store.segment);
    const commits = Array.from({ length: store.pieceCount }, (_, piece) => commit(store, piece));
    const done = await answersOf(openJob(store), ...commits, { type: "close", job: 99, store: 1, deleteFiles: true });
    expect(done.at(-1)).toEqual({ type: "closed", job: 99, store: 1 });
    expect(done.filter(({ type }) => type === "committed").length).toBe(store.pieceCount);
    expect(() => readFileSync(join(folder.path, "a"))).toThrow("ENOENT");
  });

  it("answers each job of a store that could not be opened", async () => {
    const store = makeStore(folder.path, [file("../a", 100)], 100);
    pool.addSegment(0, store.segment);
    const done = await answersOf(openJob(store), commit(store, 0), syncOf([0]));
    expect(done.map(({ type }) => type)).toEqual(["failed", "failed", "failed"]);
  });

  it("finishes what it was given when it is closed", async () => {
    const store = makeStore(folder.path, [file("a", 1_000_000)], 100_000);
    pool.addSegment(0, store.segment);
    pool.submit(openJob(store));
    for (let piece = 0; piece < store.pieceCount; piece++) pool.submit(commit(store, piece));
    await pool.close();
    expect(readFileSync(join(folder.path, "a")).equals(store.content)).toBe(true);
    expect(pool.pending).toBe(0);
  });
});
