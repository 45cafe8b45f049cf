/** A thread that is silent for thirty seconds (PROMISES F05). Its answers cannot arrive while the test does not wait. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DiskDone, DiskJob } from "@torrential/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DiskPool } from "./pool.ts";
import { TestPool } from "./test-pool.ts";
import { commitOf, file, makeStore, type TestFolder, type TestStore } from "./test-store.ts";

const PATIENCE_TICKS = 6;
const PIECES = [0, 1, 2, 3];

let test: TestPool;
let folder: TestFolder;
let pool: DiskPool;
let answers: readonly DiskDone[];

beforeEach(() => {
  test = new TestPool(1);
  ({ folder, pool, answers } = test);
});
afterEach(() => test.close());

const settle = (): Promise<void> => test.settle();

interface Opened {
  readonly id: number;
  readonly store: TestStore;
}

async function open(id: number, name: string): Promise<Opened> {
  const root = join(folder.path, name);
  mkdirSync(root);
  const store = makeStore(root, [file("a", 200_000)], 65_536);
  pool.addSegment(id, store.segment);
  const { files, pieceLength, pieceHashes } = store;
  pool.submit({ type: "open", job: id, store: id, root, files, pieceLength, pieceHashes });
  await settle();
  return { id, store };
}

function commits({ id, store }: Opened): DiskJob[] {
  return PIECES.map((piece) => {
    const job = commitOf(store, piece, { hashedExtents: 0, extentLength: 8192 }) as Extract<
      DiskJob,
      { type: "commit" }
    >;
    const extents = job.extents.map((extent) => ({ ...extent, segment: id }));
    return { ...job, extents, store: id, job: 1000 * id + piece };
  });
}

/** Half a minute in which nothing is heard. */
function beSilent(): void {
  pool.flush();
  for (let tick = 0; tick < PATIENCE_TICKS; tick++) pool.handleTick();
}

function typesOf(id: number): string[] {
  return answers.filter((done) => done.store === id && done.type !== "opened").map(({ type }) => type);
}

describe("a disk that hangs", () => {
  it("fails what lies on it with a sentence, and nothing else", async () => {
    const hung = await open(1, "hung");
    const other = await open(2, "other");
    for (const job of [...commits(hung), ...commits(other)]) pool.submit(job);
    beSilent();
    await settle();
    expect(typesOf(1)).toEqual(PIECES.map(() => "failed"));
    expect(typesOf(2)).toEqual(PIECES.map(() => "committed"));
    const message = `The disk of ${join(folder.path, "hung")} has not answered for half a minute.`;
    expect(answers.find(({ type }) => type === "failed")).toMatchObject({ error: { class: "gone", message } });
  });

  it("fails at once until it is back, and works again then", async () => {
    const hung = await open(1, "hung");
    for (const job of commits(hung)) pool.submit(job);
    beSilent();
    pool.submit({ type: "check", job: 50, store: 1, piece: 0 });
    await settle();
    expect(typesOf(1)).toEqual(["failed", "failed", "failed", "failed", "failed"]);
    for (let tries = 0; typesOf(1).at(-1) !== "committed"; tries++) {
      if (tries > 100_000) throw new Error("the disk does not come back");
      for (const job of commits(hung)) pool.submit(job);
      await settle();
    }
  });

  it("lets its torrents go, and takes in others meanwhile", async () => {
    const hung = await open(1, "hung");
    for (const job of commits(hung)) pool.submit(job);
    beSilent();
    pool.submit({ type: "close", job: 60, store: 1, deleteFiles: false });
    const other = await open(2, "other");
    for (const job of commits(other)) pool.submit(job);
    await settle();
    expect(typesOf(1).at(-1)).toBe("closed");
    expect(typesOf(2)).toEqual(PIECES.map(() => "committed"));
  });

  it("is no disk that is slow", async () => {
    const slow = await open(1, "slow");
    for (const job of commits(slow)) pool.submit(job);
    pool.flush();
    for (let tick = 1; tick < PATIENCE_TICKS; tick++) pool.handleTick();
    await settle();
    for (let tick = 1; tick < PATIENCE_TICKS; tick++) pool.handleTick();
    expect(typesOf(1)).toEqual(PIECES.map(() => "committed"));
  });
});
