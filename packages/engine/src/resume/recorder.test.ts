import { Bitfield, concatBytes, parseInfoHash } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { Outbox } from "../outbox.ts";
import type { DiskJob } from "../ports/disk.ts";
import type { StateCommand } from "../ports/state.ts";
import { drain } from "../test-support/context.ts";
import { decodeJournal, type FileStamp, type ResumeData } from "./journal.ts";
import { ResumeRecorder } from "./recorder.ts";

const infoHash = parseInfoHash("77".repeat(20));

describe("resume recorder", () => {
  it("opens the journal with what was believed at the start", () => {
    const world = start({ have: [2] });
    expect(world.read()).toMatchObject({ clean: false });
    expect(world.have()).toEqual([2]);
  });

  it("names written pieces within two seconds", () => {
    const world = start();
    world.recorder.handleCommitted(3);
    expect(world.recorder.nextTimeout()).toBe(2_000);
    world.recorder.handleTimeout(1_999);
    expect([...world.read().written]).toEqual([]);
    world.recorder.handleTimeout(2_000);
    expect([...world.read().written]).toEqual([3]);
    expect(world.have()).toEqual([]);
  });

  it("syncs after five seconds, one sync at a time", () => {
    const world = start();
    world.recorder.handleCommitted(3);
    world.recorder.handleTimeout(4_999);
    expect(world.syncs()).toBe(0);
    world.recorder.handleTimeout(5_000);
    world.recorder.handleCommitted(4);
    world.recorder.handleTimeout(20_000);
    world.recorder.sync(20_001);
    expect(world.syncs()).toBe(1);
  });

  it("claims a piece only when the sync that covers it has ended", () => {
    const world = start();
    world.recorder.handleCommitted(3);
    world.recorder.sync(100);
    world.recorder.handleCommitted(4);
    expect(world.have()).toEqual([]);
    world.recorder.handleSynced(200);
    expect(world.have()).toEqual([3]);
    expect(world.recorder.isDirty).toBe(true);
    world.recorder.sync(300);
    world.recorder.handleSynced(400);
    expect(world.have()).toEqual([3, 4]);
    expect(world.recorder.isDirty).toBe(false);
  });

  it("names what is written before it asks for the sync", () => {
    const world = start();
    world.recorder.handleCommitted(6);
    world.recorder.sync(1);
    expect(world.order()).toEqual(["journal-replace", "journal-append", "disk"]);
    expect([...world.read().written]).toEqual([6]);
  });

  it("keeps the pieces of a sync that failed for the next one", () => {
    const world = start();
    world.recorder.handleCommitted(3);
    world.recorder.sync(0);
    world.recorder.handleCommitted(4);
    world.recorder.handleSyncFailed(100);
    expect(world.have()).toEqual([]);
    expect(world.recorder.isDirty).toBe(true);
    world.recorder.handleTimeout(5_100);
    world.recorder.handleSynced(5_200);
    expect(world.have()).toEqual([3, 4]);
  });

  it("ignores the end of a sync that it did not ask for", () => {
    const world = start();
    world.recorder.handleCommitted(3);
    world.recorder.handleSynced(1);
    world.recorder.handleSyncFailed(2);
    expect(world.have()).toEqual([]);
  });

  it("records totals every 30 s when they change, and not when they don't", () => {
    const world = start();
    expect(world.recorder.nextTimeout()).toBeUndefined();
    world.recorder.setTotals({ uploadedBytes: 5, downloadedBytes: 6 });
    expect(world.recorder.nextTimeout()).toBe(30_000);
    world.recorder.handleTimeout(30_000);
    expect(world.read().totals).toEqual({ uploadedBytes: 5, downloadedBytes: 6 });
    expect(world.recorder.nextTimeout()).toBeUndefined();
    world.recorder.setTotals({ uploadedBytes: 7, downloadedBytes: 6 });
    expect(world.recorder.nextTimeout()).toBe(60_000);
  });

  it("is rewritten as one snapshot before it grows without bound", () => {
    const world = start({ pieceCount: 1_000 });
    for (let round = 0; round < 100; round++) {
      for (let piece = 0; piece < 1_000; piece++) world.recorder.handleCommitted(piece);
      world.recorder.sync(round);
      world.recorder.handleCommitted(0);
      world.recorder.handleSynced(round);
    }
    expect(world.bytes().length).toBeLessThan(300 * 1024);
    expect(world.read().have.isFull).toBe(true);
  });

  it("ends with a clean snapshot and is silent from then on", () => {
    const world = start();
    world.recorder.handleCommitted(1);
    world.recorder.sync(0);
    world.recorder.handleSynced(0);
    world.recorder.setTotals({ uploadedBytes: 1, downloadedBytes: 2 });
    world.recorder.close([{ lengthBytes: 9, mtimeMs: 8 }]);
    expect(world.read()).toMatchObject({ clean: true, totals: { uploadedBytes: 1 }, files: [{ lengthBytes: 9 }] });
    expect(world.have()).toEqual([1]);
    expect(world.recorder.nextTimeout()).toBeUndefined();
  });

  // F02: a check reads what may be in the system's memory alone.
  it("claims pieces that passed a check only once they are synced", () => {
    const { recorder, have, read } = start({ have: [1], unsynced: [2, 5] });
    expect([have(), [...read().written]]).toEqual([[1], [2, 5]]);
    recorder.handleTimeout(5_000);
    recorder.handleSynced(6_000);
    expect(have()).toEqual([1, 2, 5]);
  });
});

describe("resume recorder over a clean journal", () => {
  const files = [{ lengthBytes: 8, mtimeMs: 5 }];
  const later = { uploadedBytes: 9, downloadedBytes: 0 };

  it("writes nothing while nothing is written, and nothing at the end", () => {
    const world = start({ have: [0, 1, 2, 3, 4, 5, 6, 7], cleanFiles: files });
    world.recorder.handleTimeout(60_000);
    world.recorder.close(files);
    expect(world.order()).toEqual([]);
  });

  it("only appends what was uploaded", () => {
    const world = start({ have: [0], cleanFiles: files });
    world.recorder.setTotals(later);
    world.recorder.handleTimeout(30_000);
    world.recorder.setTotals({ ...later, uploadedBytes: 10 });
    world.recorder.close(files);
    expect(world.order()).toEqual(["journal-append", "journal-append"]);
  });

  it("says that it is not clean any more before a piece is named", () => {
    const world = start({ have: [0], cleanFiles: files });
    world.recorder.handleCommitted(3);
    expect(world.order()).toEqual(["journal-replace"]);
    expect(world.read().clean).toBe(false);
  });

  it("ends with new stamps when the files are others", () => {
    const world = start({ have: [0], cleanFiles: files });
    const changed = [{ lengthBytes: 8, mtimeMs: 6 }];
    world.recorder.close(changed);
    expect(world.read()).toMatchObject({ clean: true, files: changed });
  });
});

interface World {
  readonly recorder: ResumeRecorder;
  readonly bytes: () => Uint8Array;
  readonly read: () => ResumeData;
  readonly have: () => number[];
  readonly syncs: () => number;
  readonly order: () => string[];
}

interface StartOptions {
  readonly have?: readonly number[];
  readonly unsynced?: readonly number[];
  readonly pieceCount?: number;
  readonly cleanFiles?: readonly FileStamp[];
}

function start(options: StartOptions = {}): World {
  const pieceCount = options.pieceCount ?? 8;
  const have = new Bitfield(pieceCount);
  for (const piece of options.have ?? []) have.set(piece);
  const out = new Outbox<{ readonly type: "disk"; readonly job: DiskJob } | StateCommand>();
  const totals = { uploadedBytes: 0, downloadedBytes: 0 };
  let id = 0;
  const recorder = new ResumeRecorder(
    { infoHash, store: 1, have, unsynced: options.unsynced ?? [], totals, cleanFiles: options.cleanFiles, now: 0 },
    { out, nextId: () => ++id },
  );
  const order: string[] = [];
  let journal: Uint8Array = new Uint8Array(0);
  const bytes = (): Uint8Array => {
    for (const output of drain(out)) {
      order.push(output.type);
      if (output.type === "journal-replace") journal = output.bytes;
      if (output.type === "journal-append") journal = concatBytes([journal, output.bytes]);
    }
    return journal;
  };
  const read = (): ResumeData => {
    const resume = decodeJournal(bytes(), { infoHash, pieceCount });
    if (resume === undefined) throw new Error("the journal cannot be read");
    return resume;
  };
  const ran = (): string[] => (bytes(), order);
  const pieces = Array.from({ length: pieceCount }, (_, piece) => piece);
  const synced = (): number => ran().filter((type) => type === "disk").length;
  return {
    recorder,
    bytes,
    read,
    order: ran,
    syncs: synced,
    have: () => pieces.filter((each) => read().have.has(each)),
  };
}
