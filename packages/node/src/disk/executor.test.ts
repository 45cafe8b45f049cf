import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  commitAll,
  commitOf,
  extentsOf,
  file,
  makeFolder,
  makeStore,
  type TestFolder,
  openExecutor,
  type TestStore,
} from "./test-store.ts";
import { fileCalls } from "./transfer.ts";

let folder: TestFolder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

/** What the files hold, joined, pad files as zeros. */
function joined(store: TestStore): Buffer {
  return Buffer.concat(
    store.files.map((each) =>
      each.isPad ? Buffer.alloc(each.lengthBytes) : readFileSync(join(store.root, ...each.path)),
    ),
  );
}

const types = (answers: readonly { readonly type: string }[]): string[] => answers.map(({ type }) => type);
const SEVERAL = [
  file("a", 5),
  file("empty", 0),
  file("dir/b", 40_000),
  file("pad/1", 1000),
  file("dir/deep/c", 70_001),
];

describe("disk executor, writing", () => {
  it("writes pieces over several files and leaves pad files out", () => {
    const store = makeStore(folder.path, SEVERAL, 16_384);
    const { run } = openExecutor(store);
    expect(new Set(types(commitAll(store, run)))).toEqual(new Set(["committed"]));
    writeFileSync(join(folder.path, "empty"), "");
    expect(joined(store).equals(store.content)).toBe(true);
    expect(existsSync(join(folder.path, "pad"))).toBe(false);
  });

  it("holds for any cut into files, pieces and extents", () => {
    const lengths = fc
      .array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 8 })
      .filter((each) => each.some((length) => length > 0));
    fc.assert(
      fc.property(
        lengths,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        (fileLengths, pieceLength, extentLength) => {
          const own = makeFolder();
          const files = fileLengths.map((length, index) => file(`${index % 3 === 2 ? "pad" : "d"}${index}/f`, length));
          const store = makeStore(own.path, files, pieceLength);
          const { run, close } = openExecutor(store);
          for (let piece = store.pieceCount - 1; piece >= 0; piece--) run(commitOf(store, piece, { extentLength }));
          run({ type: "make-empty", job: 2, store: 1, files: files.map((_, index) => index) });
          expect(joined(store).equals(store.content)).toBe(true);
          const checks = run(
            ...Array.from(
              { length: store.pieceCount },
              (_, piece) => ({ type: "check", job: piece, store: 1, piece }) as const,
            ),
          );
          expect(new Set(checks.map((done) => done.type === "checked" && done.result))).toEqual(new Set(["passed"]));
          close();
          own.remove();
        },
      ),
      { numRuns: 40 },
    );
  });

  it("makes nothing before the first write, and then sparse files", () => {
    const store = makeStore(join(folder.path, "new", "root"), [file("big", 10_000_000)], 16_384);
    const { run, opened } = openExecutor(store);
    expect(opened).toMatchObject({ type: "opened", found: [{ lengthBytes: -1 }] });
    expect(readdirSync(folder.path)).toEqual([]);
    run(commitOf(store, 600));
    const stats = statSync(join(store.root, "big"));
    expect(stats.size).toBe(601 * 16_384);
    expect(stats.blocks * 512).toBeLessThan(200_000);
  });

  it("goes on after short writes and reads", () => {
    const part = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, Math.max(1, bytes.length >> 1));
    const store = makeStore(folder.path, SEVERAL, 16_384);
    const { run } = openExecutor(store, {
      write: (fd, bytes, position) => fileCalls.write(fd, part(bytes), position),
      writev: (fd, buffers, position) => fileCalls.writev(fd, buffers.slice(0, 1).map(part), position),
      read: (fd, bytes, position) => fileCalls.read(fd, part(bytes), position),
    });
    for (let piece = 0; piece < store.pieceCount; piece++) run(commitOf(store, piece, { extentLength: 1000 }));
    expect(
      types(run({ type: "check", job: 1, store: 1, piece: 2 }, { type: "check", job: 2, store: 1, piece: 3 })),
    ).toEqual(["checked", "checked"]);
    writeFileSync(join(folder.path, "empty"), "");
    expect(joined(store).equals(store.content)).toBe(true);
  });

  it("makes wanted empty files with their folders, and the executable bit", () => {
    const store = makeStore(folder.path, [file("x/empty", 0), file("y/other", 0), file("tool", 10, true)], 16_384);
    const { run } = openExecutor(store);
    expect(types(run({ type: "make-empty", job: 2, store: 1, files: [0, 2] }, commitOf(store, 0)))).toEqual([
      "made-empty",
      "committed",
    ]);
    expect(statSync(join(folder.path, "x", "empty")).size).toBe(0);
    expect(existsSync(join(folder.path, "y"))).toBe(false);
    expect(statSync(join(folder.path, "tool")).mode & 0o100).toBe(0o100);
    expect(statSync(join(folder.path, "x", "empty")).mode & 0o111).toBe(0);
  });

  it("keeps few files open", () => {
    const store = makeStore(
      folder.path,
      Array.from({ length: 30 }, (_, index) => file(`f${index}`, 100)),
      100,
    );
    const { run } = openExecutor(store);
    commitAll(store, run);
    const open = readdirSync("/proc/self/fd")
      .map(linkOf)
      .filter((path) => path.startsWith(folder.path));
    expect(open.length).toBe(4);
  });
});

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return ""; // The descriptor of the listing itself.
  }
}

describe("disk executor, hashing", () => {
  it("writes nothing of a piece that fails, and says what its blocks are", () => {
    const store = makeStore(folder.path, [file("a", 40_000)], 40_000);
    const { run } = openExecutor(store);
    const [good] = run(commitOf(store, 0, { wantBlockDigests: true }));
    unlinkSync(join(folder.path, "a"));
    const bytes = new Uint8Array(store.segment);
    bytes[20_000] = (bytes[20_000] ?? 0) ^ 1;
    const [bad] = run(commitOf(store, 0));
    if (good?.type !== "committed" || bad?.type !== "hash-failed")
      throw new Error(`got ${good?.type} and ${bad?.type}`);
    expect(readdirSync(folder.path)).toEqual([]);
    expect(bad.blockDigests.length).toBe(3);
    expect(bad.blockDigests.map((digest, block) => digest === good.blockDigests?.[block])).toEqual([true, false, true]);
    expect(bad.blockDigests.every((digest) => /^[0-9a-f]{16}$/.test(digest))).toBe(true);
  });

  it("gives one set of digests whatever the extents are", () => {
    const store = makeStore(folder.path, [file("a", 40_000)], 40_000);
    const { run } = openExecutor(store);
    const digests = [40_000, 16_384, 1000].map(
      (extentLength) => run(commitOf(store, 0, { extentLength, wantBlockDigests: true }))[0],
    );
    expect(new Set(digests.map((done) => done?.type === "committed" && done.blockDigests?.join())).size).toBe(1);
  });

  it("hashes ahead and takes it into account, or not when it does not fit", () => {
    const store = makeStore(folder.path, [file("a", 60_000)], 60_000);
    const { run } = openExecutor(store);
    const extents = extentsOf(store, 0, 10_000);
    const ahead = (from: number, to: number) =>
      ({ type: "hash-ahead", job: 5, store: 1, piece: 0, extents: extents.slice(from, to) }) as const;
    const commit = (hashedExtents: number) => commitOf(store, 0, { extentLength: 10_000, hashedExtents });
    expect(types(run(ahead(0, 2), ahead(2, 3), commit(3)))).toEqual(["hashed-ahead", "hashed-ahead", "committed"]);
    // The state is used up: a second commit hashes all by itself, as it does when less or more was kept than it says.
    expect(types(run(commit(3), ahead(0, 2), commit(3)))).toEqual(["committed", "hashed-ahead", "committed"]);
    run(ahead(0, 1), { type: "hash-drop", job: 6, store: 1, piece: 0 });
    expect(types(run(commit(0)))).toEqual(["committed"]);
  });

  it("checks pieces alone and side by side", () => {
    const store = makeStore(folder.path, [file("a", 100_000), file("b", 100_000)], 10_000);
    const { run } = openExecutor(store);
    commitAll(store, run);
    const changed = readFileSync(join(folder.path, "a"));
    changed[35_000] = (changed[35_000] ?? 0) ^ 1;
    writeFileSync(join(folder.path, "a"), changed);
    truncateSync(join(folder.path, "a"), 75_000);
    const all = run(
      ...Array.from({ length: 20 }, (_, piece) => ({ type: "check", job: piece, store: 1, piece }) as const),
    );
    const alone = Array.from({ length: 20 }, (_, piece) => run({ type: "check", job: piece, store: 1, piece })[0]);
    expect(all).toEqual(alone);
    const letters = all.map((done) => (done.type === "checked" ? done.result[0] : "?")).join("");
    expect(letters).toBe("pppfpppaaapppppppppp");
  });
});

describe("disk executor, reading", () => {
  it("reads over files into the slab", () => {
    const store = makeStore(folder.path, SEVERAL, 65_536);
    const { run } = openExecutor(store);
    commitAll(store, run);
    const target = { segment: 0, offset: store.content.length, length: 45_000 };
    expect(types(run({ type: "read", job: 3, store: 1, piece: 0, begin: 3, extent: target }))).toEqual(["read"]);
    expect(Buffer.from(store.segment, target.offset, target.length).equals(store.content.subarray(3, 45_003))).toBe(
      true,
    );
  });

  it("calls a missing or shortened file gone, by its name", () => {
    const store = makeStore(folder.path, [file("a", 100)], 100);
    const { run } = openExecutor(store);
    const read = {
      type: "read",
      job: 3,
      store: 1,
      piece: 0,
      begin: 0,
      extent: { segment: 0, offset: 100, length: 100 },
    } as const;
    expect(run(read)).toMatchObject([
      { type: "failed", error: { class: "gone", message: expect.stringContaining(join(folder.path, "a")) } },
    ]);
    commitAll(store, run);
    truncateSync(join(folder.path, "a"), 99);
    expect(run(read)).toMatchObject([
      { type: "failed", error: { class: "gone", message: expect.stringContaining("99 of 100 bytes") } },
    ]);
  });

  it("tells what is there when a store is opened", () => {
    mkdirSync(join(folder.path, "dir"));
    writeFileSync(join(folder.path, "dir", "b"), "12345");
    const { opened } = openExecutor(makeStore(folder.path, SEVERAL, 16_384));
    expect(opened.type === "opened" && opened.found.map((each) => each.lengthBytes)).toEqual([-1, -1, 5, 1000, -1]);
    expect(opened.type === "opened" && opened.found[2]?.mtimeMs).toBe(statSync(join(folder.path, "dir", "b")).mtimeMs);
  });
});

describe("disk executor, closing and syncing", () => {
  it("deletes what the store lists and the folders left empty, nothing else", () => {
    const store = makeStore(folder.path, SEVERAL, 16_384);
    const { run } = openExecutor(store);
    commitAll(store, run);
    writeFileSync(join(folder.path, "dir", "mine"), "kept");
    expect(types(run({ type: "close", job: 4, store: 1, deleteFiles: true }))).toEqual(["closed"]);
    expect(readdirSync(folder.path, { recursive: true }).toSorted()).toEqual(["dir", join("dir", "mine")]);
    expect(run(commitOf(store, 0))).toMatchObject([
      { type: "failed", error: { message: expect.stringContaining("not open") } },
    ]);
  });

  it("syncs the files of committed pieces, and fails when one is gone", () => {
    const store = makeStore(folder.path, SEVERAL, 16_384);
    const { run } = openExecutor(store);
    commitAll(store, run);
    const sync = (pieces: number[]) => ({ type: "sync", job: 9, store: 1, pieces }) as const;
    expect(types(run(sync([0, 1, 2]), sync([]), sync([0])))).toEqual(["synced", "synced", "synced"]);
    appendFileSync(join(folder.path, "a"), "");
    unlinkSync(join(folder.path, "a"));
    expect(run(sync([0]))).toMatchObject([
      { type: "failed", error: { class: "gone", message: expect.stringContaining("sync") } },
    ]);
  });
});
