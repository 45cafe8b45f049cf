/**
 * What every disk under the engine must do, as scripts that ask for jobs and look at the answers and the files. The real
 * disk and the simulated one pass the same list, so that what the simulator shows holds for the real one. Whoever
 * writes another disk plays it too: `for (const rule of DISK_RULES) it(rule.name, () => play(rule))`.
 */
import { assert, concatBytes, equalBytes, sha1 } from "@torrential/core";
import type { DiskDone, DiskJob, ExtentRef, StoreFile } from "./disk.ts";

/** The disk under test, and a look past it. */
export interface DiskView {
  /** Slab segment 0, which the disk knows: at least 1 MiB. */
  readonly memory: Uint8Array;
  /** Exists, and is empty. */
  readonly root: string;
  /** Exists, is empty, and cannot be reached from `root` by rename. Undefined where there is no such place. */
  readonly otherDevice: string | undefined;
  /** The file's bytes, undefined when there is none. */
  readFile(root: string, path: readonly string[]): Uint8Array | undefined;
  writeFile(root: string, path: readonly string[], bytes: Uint8Array): void;
}

/** Yields jobs to submit together; goes on with their answers once all are there. Throws when a rule is broken. */
export type DiskScript = Generator<readonly DiskJob[], void, readonly DiskDone[]>;

export interface DiskRule {
  readonly name: string;
  readonly needsOtherDevice?: true;
  readonly play: (disk: DiskView) => DiskScript;
}

const PIECE_LENGTH = 32_768;
const FILES: readonly StoreFile[] = [
  { path: ["t", "a"], lengthBytes: 100_000, isPad: false, isExecutable: false },
  { path: ["t", "empty"], lengthBytes: 0, isPad: false, isExecutable: false },
  { path: ["t", "sub", "b"], lengthBytes: 70_001, isPad: false, isExecutable: false },
];
const CONTENT = Uint8Array.from({ length: 170_001 }, (_, index) => (index * 31 + (index >>> 8) * 7) & 255);
const PIECE_COUNT = Math.ceil(CONTENT.length / PIECE_LENGTH);
const HASHES = concatBytes(Array.from({ length: PIECE_COUNT }, (_, piece) => sha1(bytesOf(piece))));
const A = CONTENT.subarray(0, 100_000);
const B = CONTENT.subarray(100_000);

export const DISK_RULES: readonly DiskRule[] = [
  { name: "opening makes nothing and finds nothing", play: playOpen },
  { name: "a piece that passes is in its files, over their borders, and reads back", play: playCommit },
  { name: "a piece that fails is not written", play: playFailed },
  { name: "what was hashed ahead counts for the commit", play: playHashAhead },
  { name: "a check tells right, wrong and absent pieces apart", play: playCheck },
  { name: "files without bytes are made on request", play: playEmpty },
  { name: "deleting takes what the store lists, and nothing else", play: playDelete },
  { name: "a file at an alternative place is found, and deleted there", play: playAlternative },
  { name: "a new layout takes the files along, for all that comes after", play: playRelayout },
  { name: "a new layout overwrites nothing, and is then no layout", play: playRelayoutRefused },
  { name: "a new layout may be below another root", play: playRelayoutRoot },
  { name: "a new layout on another device is refused whole", needsOtherDevice: true, play: playOtherDevice },
  { name: "a file is copied to another device part by part", needsOtherDevice: true, play: playCopy },
  { name: "a copy overwrites nothing", play: playCopyRefused },
];

function* playOpen(disk: DiskView): DiskScript {
  const [opened] = yield [open(disk)];
  assert(opened?.type === "opened", `open was answered by ${opened?.type}`);
  for (const found of opened.found) assert(found.lengthBytes === -1, "a file was found in an empty folder");
  yield [close()];
  assert(disk.readFile(disk.root, ["t", "a"]) === undefined, "opening made a file");
}

function* playCommit(disk: DiskView): DiskScript {
  yield* openAndCommit(disk);
  expectFile(disk, disk.root, ["t", "a"], A);
  expectFile(disk, disk.root, ["t", "sub", "b"], B);
  const into = { segment: 0, offset: 512 * 1024, length: 20_000 };
  const [read] = yield [{ type: "read", job: 50, store: 1, piece: 3, begin: 1_000, extent: into }];
  assert(read?.type === "read", `read was answered by ${describe(read)}`);
  const got = disk.memory.subarray(into.offset, into.offset + into.length);
  assert(equalBytes(got, bytesOf(3).subarray(1_000, 21_000)), "a read over a border gave other bytes");
  const [synced] = yield [{ type: "sync", job: 51, store: 1, pieces: [0, 3] }];
  assert(synced?.type === "synced", `sync was answered by ${describe(synced)}`);
  yield [close()];
}

function* playFailed(disk: DiskView): DiskScript {
  yield [open(disk)];
  const job = commit(disk, 1);
  disk.memory[PIECE_LENGTH + 5] = (disk.memory[PIECE_LENGTH + 5] ?? 0) ^ 1;
  const [answer] = yield [job];
  assert(answer?.type === "hash-failed" && answer.blockDigests.length === 2, `a bad piece came to ${describe(answer)}`);
  assert(disk.readFile(disk.root, ["t", "a"]) === undefined, "a bad piece made a file");
  yield [close()];
}

function* playHashAhead(disk: DiskView): DiskScript {
  yield [open(disk)];
  const job = commit(disk, 2, PIECE_LENGTH / 2);
  const first = job.extents.slice(0, 1);
  const answers = yield [
    { type: "hash-ahead", job: 40, store: 1, piece: 2, extents: first },
    { ...job, hashedExtents: 1, wantBlockDigests: true },
  ];
  assert(answers[0]?.type === "hashed-ahead" && answers[1]?.type === "committed", "hashing ahead was not answered");
  assert(answers[1].blockDigests?.length === 2, "digests were asked for and did not come");
  yield [close()];
}

function* playCheck(disk: DiskView): DiskScript {
  yield [open(disk)];
  yield [commit(disk, 0), commit(disk, 1)];
  disk.writeFile(disk.root, ["t", "a"], concatBytes([bytesOf(0), new Uint8Array(PIECE_LENGTH)]));
  const answers = yield [check(0), check(1), check(4)];
  const results = answers.map((answer) => (answer.type === "checked" ? answer.result : answer.type));
  assert(results.join() === "passed,failed,absent", `right, wrong and absent pieces were ${results.join()}`);
  yield [close()];
}

function* playEmpty(disk: DiskView): DiskScript {
  yield [open(disk)];
  yield [{ type: "make-empty", job: 30, store: 1, files: [0, 1] }];
  assert(disk.readFile(disk.root, ["t", "empty"])?.length === 0, "the empty file was not made");
  assert(disk.readFile(disk.root, ["t", "a"]) === undefined, "a file with bytes was made");
  yield [close()];
}

function* playDelete(disk: DiskView): DiskScript {
  disk.writeFile(disk.root, ["t", "sub", "theirs"], Uint8Array.of(1));
  yield* openAndCommit(disk);
  const [closed] = yield [close({ deleteFiles: true })];
  assert(closed?.type === "closed", `close was answered by ${describe(closed)}`);
  assert(disk.readFile(disk.root, ["t", "a"]) === undefined, "a file of the store is still there");
  expectFile(disk, disk.root, ["t", "sub", "theirs"], Uint8Array.of(1));
}

function* playAlternative(disk: DiskView): DiskScript {
  disk.writeFile(disk.root, [".parts", "2"], B);
  const [opened] = yield [open(disk, [[], [], [[".parts", "2"]]])];
  assert(opened?.type === "opened", `open was answered by ${describe(opened)}`);
  const [, , found] = opened.found;
  assert(found?.alternative === 0 && found.lengthBytes === B.length, "the file at its other place was not found");
  yield [close({ deleteFiles: false, deleteAlternatives: true })];
  assert(disk.readFile(disk.root, [".parts", "2"]) === undefined, "the file at its other place was not deleted");
}

function* playRelayout(disk: DiskView): DiskScript {
  yield [open(disk)];
  const answers = yield [
    commit(disk, 0),
    commit(disk, 3),
    { type: "relayout", job: 60, store: 1, root: disk.root, places: [{ file: 0, path: ["new", "a"] }] },
    commit(disk, 1),
    commit(disk, 2),
    check(0),
    check(3),
  ];
  assert(answers[2]?.type === "relaid", `relayout was answered by ${describe(answers[2])}`);
  for (const job of [5, 6]) {
    const answer = answers[job];
    assert(answer?.type === "checked" && answer.result === "passed", `after a relayout a piece is ${describe(answer)}`);
  }
  expectFile(disk, disk.root, ["new", "a"], A);
  assert(disk.readFile(disk.root, ["t", "a"]) === undefined, "the file is still at its old place, too");
  yield [close({ deleteFiles: true })];
  assert(disk.readFile(disk.root, ["new", "a"]) === undefined, "the file was not deleted at its new place");
}

function* playRelayoutRefused(disk: DiskView): DiskScript {
  disk.writeFile(disk.root, ["theirs"], Uint8Array.of(1));
  yield* openAndCommit(disk);
  const places = [
    { file: 0, path: ["moved"] },
    { file: 2, path: ["theirs"] },
  ];
  const [answer] = yield [{ type: "relayout", job: 60, store: 1, root: disk.root, places }];
  assert(answer?.type === "failed", `overwriting was answered by ${describe(answer)}`);
  expectFile(disk, disk.root, ["theirs"], Uint8Array.of(1));
  expectFile(disk, disk.root, ["t", "a"], A);
  const [checked] = yield [check(3)];
  assert(checked?.type === "checked" && checked.result === "passed", "the old layout is not in force any more");
  yield [close()];
}

function* playRelayoutRoot(disk: DiskView): DiskScript {
  yield* openAndCommit(disk);
  const root = `${disk.root}/elsewhere`;
  const places = FILES.map(({ path }, file) => ({ file, path }));
  const [answer] = yield [{ type: "relayout", job: 60, store: 1, root, places }];
  assert(answer?.type === "relaid", `another root was answered by ${describe(answer)}`);
  expectFile(disk, root, ["t", "sub", "b"], B);
  const [checked] = yield [check(3)];
  assert(
    checked?.type === "checked" && checked.result === "passed",
    `below the new root a piece is ${describe(checked)}`,
  );
  yield [close()];
}

function* playOtherDevice(disk: DiskView): DiskScript {
  yield* openAndCommit(disk);
  const places = FILES.map(({ path }, file) => ({ file, path }));
  const [answer] = yield [{ type: "relayout", job: 60, store: 1, root: disk.otherDevice ?? "", places }];
  assert(answer?.type === "failed" && answer.error.class === "other-device", `it came to ${describe(answer)}`);
  // Also when a copy of an earlier try is there.
  disk.writeFile(disk.otherDevice ?? "", ["t", "a"], Uint8Array.of(1));
  const [again] = yield [{ type: "relayout", job: 61, store: 1, root: disk.otherDevice ?? "", places }];
  assert(again?.type === "failed" && again.error.class === "other-device", `again, it came to ${describe(again)}`);
  expectFile(disk, disk.root, ["t", "a"], A);
  yield [close()];
}

function* playCopy(disk: DiskView): DiskScript {
  yield* openAndCommit(disk);
  const to = { store: 1, file: 0, root: disk.otherDevice ?? "", path: ["x", "a"] } as const;
  const look = { type: "find-copy", ...to } as const;
  const found: string[] = [];
  found.push(...(yield [{ ...look, job: 70 }]).map(describe));
  yield [{ type: "copy", job: 71, ...to, offset: 0, length: 60_000 }];
  found.push(...(yield [{ ...look, job: 72 }]).map(describe));
  assert(disk.readFile(to.root, to.path) === undefined, "a part of a copy is at the file's name");
  yield [{ type: "copy", job: 73, ...to, offset: 60_000, length: 40_000 }];
  const [sealed] = yield [{ type: "seal-copy", job: 74, ...to }];
  assert(sealed?.type === "copy-sealed", `sealing was answered by ${describe(sealed)}`);
  expectFile(disk, to.root, to.path, A);
  expectFile(disk, disk.root, ["t", "a"], A);
  found.push(...(yield [{ ...look, job: 75 }]).map(describe));
  found.push(...(yield [{ ...look, job: 76, file: 1, path: ["none"] }]).map(describe));
  assert(found.join() === "partial 0,partial 60000,there,absent", `looking for the copy gave ${found.join()}`);
  const other = { ...to, path: ["y", "z", "a"] } as const;
  yield [{ type: "copy", job: 77, ...other, offset: 0, length: 60_000 }];
  for (const job of [78, 79]) {
    const [dropped] = yield [{ type: "drop-copy", job, ...other }];
    assert(dropped?.type === "copy-dropped", `dropping a copy was answered by ${describe(dropped)}`);
  }
  const [gone] = yield [{ type: "find-copy", job: 80, ...other }];
  assert(describe(gone) === "partial 0", `of a copy that was dropped there was ${describe(gone)}`);
  yield [close({ deleteFiles: true })];
  expectFile(disk, to.root, to.path, A);
}

function* playCopyRefused(disk: DiskView): DiskScript {
  yield* openAndCommit(disk);
  const root = `${disk.root}/else`;
  disk.writeFile(root, ["a"], Uint8Array.of(1));
  const to = { store: 1, file: 0, root, path: ["a"] } as const;
  const [found] = yield [{ type: "find-copy", job: 70, ...to }];
  assert(found?.type === "failed" && found.error.class === "corrupt", `something else was ${describe(found)}`);
  yield [{ type: "copy", job: 71, ...to, offset: 0, length: 100_000 }];
  const [sealed] = yield [{ type: "seal-copy", job: 72, ...to }];
  assert(sealed?.type === "failed", `sealing over something else came to ${describe(sealed)}`);
  expectFile(disk, root, ["a"], Uint8Array.of(1));
  yield [close()];
}

function* openAndCommit(disk: DiskView): DiskScript {
  yield [open(disk)];
  const answers = yield Array.from({ length: PIECE_COUNT }, (_, piece) => commit(disk, piece));
  for (const answer of answers) assert(answer.type === "committed", `a good piece came to ${describe(answer)}`);
}

function open(disk: DiskView, alternatives: readonly (readonly (readonly string[])[])[] = []): DiskJob {
  const files = FILES.map((file, index) => ({ ...file, alternatives: alternatives[index] ?? [] }));
  return { type: "open", job: 1, store: 1, root: disk.root, files, pieceLength: PIECE_LENGTH, pieceHashes: HASHES };
}

function close(
  options: { readonly deleteFiles: boolean; readonly deleteAlternatives?: boolean } = { deleteFiles: false },
): DiskJob {
  return { type: "close", job: 99, store: 1, ...options };
}

/** Puts the piece into memory, and asks for its commit. */
function commit(
  disk: DiskView,
  piece: number,
  extentLength: number = PIECE_LENGTH,
): Extract<DiskJob, { type: "commit" }> {
  const bytes = bytesOf(piece);
  disk.memory.set(bytes, piece * PIECE_LENGTH);
  const extents: ExtentRef[] = [];
  for (let at = 0; at < bytes.length; at += extentLength) {
    const length = Math.min(extentLength, bytes.length - at);
    extents.push({ segment: 0, offset: piece * PIECE_LENGTH + at, length });
  }
  return { type: "commit", job: 10 + piece, store: 1, piece, extents, hashedExtents: 0, wantBlockDigests: false };
}

function check(piece: number): DiskJob {
  return { type: "check", job: 20 + piece, store: 1, piece };
}

function bytesOf(piece: number): Uint8Array {
  return CONTENT.subarray(piece * PIECE_LENGTH, (piece + 1) * PIECE_LENGTH);
}

function expectFile(disk: DiskView, root: string, path: readonly string[], wanted: Uint8Array): void {
  const got = disk.readFile(root, path);
  assert(got !== undefined, `${path.join("/")} is not there`);
  assert(equalBytes(got, wanted), `${path.join("/")} has ${got.length} other bytes than the ${wanted.length} wanted`);
}

function describe(done: DiskDone | undefined): string {
  if (done === undefined) return "nothing";
  if (done.type === "failed") return `${done.error.class}: ${done.error.message}`;
  if (done.type === "copy-found") {
    return done.copy.type === "partial" ? `partial ${done.copy.copiedBytes}` : done.copy.type;
  }
  return done.type === "checked" ? done.result : done.type;
}
