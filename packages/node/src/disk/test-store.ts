/** What the disk tests share: a store with random content on a temporary folder, and an executor that holds it. */
import { randomFillSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concatBytes, sha1 } from "@torrential/core";
import type { DiskDone, ExtentRef, StoreFile } from "@torrential/engine";
import { DiskExecutor } from "./executor.ts";
import type { ThreadJob } from "./messages.ts";
import { fileCalls, type FileCalls } from "./transfer.ts";

export interface TestStore {
  readonly root: string;
  readonly files: readonly StoreFile[];
  readonly pieceLength: number;
  readonly pieceCount: number;
  readonly pieceHashes: Uint8Array;
  /** All files one after the other, pad files as zeros. */
  readonly content: Uint8Array;
  /** A slab segment of twice the content's size: the content, then room. */
  readonly segment: SharedArrayBuffer;
}

/** A temporary folder of one test. */
export interface TestFolder {
  readonly path: string;
  remove(): void;
}

/** A new temporary folder. */
export function makeFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), "torrential-disk-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A file of the store; `text` is its path, and "pad" at its start makes it a pad file. */
export function file(text: string, lengthBytes: number, isExecutable = false): StoreFile {
  return { path: text.split("/"), lengthBytes, isPad: text.startsWith("pad"), isExecutable };
}

export function makeStore(root: string, files: readonly StoreFile[], pieceLength: number): TestStore {
  const parts = files.map((each) =>
    each.isPad ? new Uint8Array(each.lengthBytes) : randomFillSync(new Uint8Array(each.lengthBytes)),
  );
  const content = concatBytes(parts);
  const segment = new SharedArrayBuffer(content.length * 2);
  new Uint8Array(segment).set(content);
  const pieceCount = Math.ceil(content.length / pieceLength);
  const hashes = Array.from({ length: pieceCount }, (_, piece) =>
    sha1(content.subarray(piece * pieceLength, (piece + 1) * pieceLength)),
  );
  return { root, files, pieceLength, pieceCount, pieceHashes: concatBytes(hashes), content, segment };
}

/** Where the piece's bytes are in the segment, cut into extents of at most `extentLength`. */
export function extentsOf(store: TestStore, piece: number, extentLength: number = store.pieceLength): ExtentRef[] {
  const end = Math.min(store.content.length, (piece + 1) * store.pieceLength);
  const extents: ExtentRef[] = [];
  for (let offset = piece * store.pieceLength; offset < end; offset += extentLength) {
    extents.push({ segment: 0, offset, length: Math.min(extentLength, end - offset) });
  }
  return extents;
}

/** A commit of the piece as it is in the segment. */
export function commitOf(
  store: TestStore,
  piece: number,
  change: { readonly hashedExtents?: number; readonly extentLength?: number; readonly wantBlockDigests?: boolean } = {},
): ThreadJob & { type: "commit" } {
  const { hashedExtents = 0, extentLength, wantBlockDigests = false } = change;
  return {
    type: "commit",
    job: 1000 + piece,
    store: 1,
    piece,
    extents: extentsOf(store, piece, extentLength),
    hashedExtents,
    wantBlockDigests,
  };
}

/** An executor with the store open as number 1, and a way to run jobs. */
export function openExecutor(
  store: TestStore,
  calls: FileCalls = fileCalls,
): { run(...jobs: ThreadJob[]): DiskDone[]; readonly opened: DiskDone; close(): void } {
  const executor = new DiskExecutor({ handlesMax: 4, digestKey: new Uint8Array(32).fill(1) }, calls);
  executor.addSegment(0, store.segment);
  const run = (...jobs: ThreadJob[]): DiskDone[] => {
    const answers: DiskDone[] = [];
    executor.run(jobs, (done) => answers.push(done));
    return answers;
  };
  const { root, files, pieceLength, pieceHashes } = store;
  const [opened] = run({ type: "open", job: 1, store: 1, root, files, pieceLength, pieceHashes, isAnswered: true });
  if (opened === undefined) throw new Error("open was not answered");
  return { run, opened, close: () => executor.close() };
}

/** Commits every piece. */
export function commitAll(store: TestStore, run: (...jobs: ThreadJob[]) => DiskDone[]): DiskDone[] {
  return run(...Array.from({ length: store.pieceCount }, (_, piece) => commitOf(store, piece)));
}
