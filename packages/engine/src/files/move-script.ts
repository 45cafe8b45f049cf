/**
 * Moves the files of a torrent that is at rest. By rename, all at once, where that is possible; else by copy: part by
 * part, as slowly as asked, each piece of the copy hashed, and only then are the originals deleted. A crash at any point
 * leaves either the originals whole or the copies verified, and the same script begun again goes on from there.
 */
import type { Bitfield, FileMap, Geometry } from "@torrential/core";
import type { DiskDone, DiskErrorClass, DiskJob, FilePlace, FoundFile, StoreFile, StoreId } from "../ports/disk.ts";
import { ask, type DiskScript } from "./disk-script.ts";
import type { Layout } from "./layout.ts";

/** One job: a copy is throttled, shown and interrupted at this grain, and other syncs wait no longer than it takes. */
const COPY_BYTES = 4 * 1024 * 1024;
const CHECKS_AT_ONCE = 16;

export type RelocationResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly class: DiskErrorClass | "refused"; readonly message: string };

export interface MoveView {
  readonly store: StoreId;
  readonly layout: Layout;
  readonly geometry: Geometry;
  readonly fileMap: FileMap;
  readonly pieceHashes: Uint8Array;
  /** Pieces believed to be in the files: those the copy must have, too. */
  readonly have: Bitfield;
  readonly isWanted: (file: number) => boolean;
  readonly nextId: () => number;
  /** Told how far it is. */
  readonly progress: MoveProgress;
}

export interface MoveProgress {
  movedBytes: number;
  totalBytes: number;
}

/** What changes: other names below the same root, or the same names below another. */
export type MovePlan =
  | { readonly type: "rename"; readonly names: readonly (readonly string[])[] }
  | { readonly type: "move"; readonly root: string; readonly bytesPerSec: number | undefined };

/** Opens the store, carries out the plan, and closes it again. */
export function* moveScript(view: MoveView, plan: MovePlan): DiskScript<RelocationResult> {
  const { layout } = view;
  const opened = yield* ask(openJob(view, layout.root, layout.storeFiles()));
  if (opened.type !== "opened") return yield* close(view, failureOf(opened));
  const settling = layout.handleOpened(opened.found, view.isWanted);
  if (settling.length > 0) {
    const settled = yield* ask(relayoutJob(view, layout.root, settling));
    if (settled.type !== "relaid") return yield* close(view, failureOf(settled));
  }
  const places = plan.type === "rename" ? layout.renamePlaces(plan.names) : layout.movePlaces();
  const relaid = yield* ask(relayoutJob(view, plan.type === "rename" ? layout.root : plan.root, places));
  if (relaid.type === "relaid") return yield* close(view, { ok: true });
  const failure = failureOf(relaid);
  if (plan.type === "rename" || failure.class !== "other-device") return yield* close(view, failure);
  return yield* copyAll(view, { ...plan, found: opened.found });
}

interface CopyPlan {
  readonly root: string;
  readonly bytesPerSec: number | undefined;
  readonly found: readonly FoundFile[];
}

type Failure = Extract<RelocationResult, { ok: false }>;

function* copyAll(view: MoveView, plan: CopyPlan): DiskScript<RelocationResult> {
  const first = yield* copyOnce(view, plan);
  if (first.type === "done") return first.result;
  // After a power cut a part of an earlier try's copy may be there by its length alone.
  const opened = yield* ask(openJob(view, view.layout.root, filesAsTheyAre(view)));
  if (opened.type !== "opened") return yield* close(view, failureOf(opened));
  const second = yield* copyOnce(view, plan);
  return second.result;
}

type CopyOutcome = { readonly type: "done" | "bad-rest"; readonly result: RelocationResult };

function* copyOnce(view: MoveView, plan: CopyPlan): DiskScript<CopyOutcome> {
  const { layout, progress } = view;
  const storeFiles = layout.storeFiles();
  const files = [...plan.found.entries()].filter(([file]) => storeFiles[file]?.isPad === false);
  progress.movedBytes = 0;
  progress.totalBytes = files.reduce((sum, [, { lengthBytes }]) => sum + Math.max(0, lengthBytes), 0);
  const copied = new Set<number>();
  let isResumed = false;
  for (const [file, { lengthBytes }] of files) {
    const copy = yield* copyFile(view, { ...plan, file, lengthBytes });
    if (copy.type === "failed")
      return { type: "done", result: yield* giveUp(view, { ...plan, file, lengthBytes }, copied, copy.failure) };
    if (copy.type !== "there") copied.add(file);
    isResumed ||= copy.type === "resumed";
  }
  yield* close(view, { ok: true });
  const bad = yield* findBad(view, plan.root);
  if (bad === undefined) return { type: "done", result: yield* finishCopy(view, plan.root) };
  // Ours are made again by the next try. What was there before is somebody's.
  yield* deleteAt(view, plan.root, (file) => copied.has(file));
  return { type: isResumed ? "bad-rest" : "done", result: bad };
}

/** The disk is full, or another trouble: what this try copied goes again, the part of a file too. */
function* giveUp(
  view: MoveView,
  { file, root }: FileCopyPlan,
  copied: ReadonlySet<number>,
  failure: Failure,
): DiskScript<RelocationResult> {
  const { store, nextId, layout } = view;
  yield* ask({ type: "drop-copy", job: nextId(), store, file, root, path: layout.pathOf(file) });
  yield* close(view, failure);
  if (copied.size > 0) yield* deleteAt(view, root, (each) => copied.has(each));
  return failure;
}

/** The originals go, and what an earlier try copied to where a file is not any more. */
function* finishCopy(view: MoveView, root: string): DiskScript<RelocationResult> {
  const { layout, store, nextId } = view;
  const files = layout.storeFiles().map((file, index) => (layout.isPart(index) ? { ...file, isPad: true } : file));
  yield* ask(openJob(view, root, files));
  yield* ask({ type: "close", job: nextId(), store, deleteFiles: false, deleteAlternatives: true });
  return yield* deleteAt(view, layout.root, () => true);
}

interface FileCopyPlan extends CopyPlan {
  readonly file: number;
  readonly lengthBytes: number;
}

/** `resumed`: an earlier try had begun it. */
type CopiedFile = { readonly type: "there" | "copied" | "resumed" } | { readonly type: "failed"; failure: Failure };

function* copyFile(view: MoveView, plan: FileCopyPlan): DiskScript<CopiedFile> {
  const { file, root, lengthBytes } = plan;
  const { store, nextId, layout, progress } = view;
  const to = { store, file, root, path: layout.pathOf(file) };
  const found = yield* ask({ type: "find-copy", job: nextId(), ...to });
  if (found.type !== "copy-found") return { type: "failed", failure: failureOf(found) };
  if (found.copy.type !== "partial") {
    progress.movedBytes += Math.max(0, lengthBytes);
    return { type: "there" };
  }
  const begun = Math.min(found.copy.copiedBytes, lengthBytes);
  let offset = begun - (begun % COPY_BYTES);
  progress.movedBytes += offset;
  while (offset < lengthBytes) {
    const length = Math.min(COPY_BYTES, lengthBytes - offset);
    const done = yield* ask({ type: "copy", job: nextId(), ...to, offset, length });
    if (done.type !== "copied") return { type: "failed", failure: failureOf(done) };
    offset += length;
    progress.movedBytes += length;
    if (plan.bytesPerSec !== undefined) yield { type: "pause", ms: (length / plan.bytesPerSec) * 1000 };
  }
  const sealed = yield* ask({ type: "seal-copy", job: nextId(), ...to });
  if (sealed.type !== "copy-sealed") return { type: "failed", failure: failureOf(sealed) };
  return { type: begun > 0 ? "resumed" : "copied" };
}

/** Hashes every piece at the new place that is believed to be at the old one. */
function* findBad(view: MoveView, root: string): DiskScript<Failure | undefined> {
  const { have, nextId, store } = view;
  const opened = yield* ask(openJob(view, root, filesAsTheyAre(view)));
  if (opened.type !== "opened") return yield* close(view, failureOf(opened));
  const pieces = piecesOf(have);
  for (let at = 0; at < pieces.length; at += CHECKS_AT_ONCE) {
    const jobs = pieces
      .slice(at, at + CHECKS_AT_ONCE)
      .map((piece): DiskJob => ({ type: "check", job: nextId(), store, piece }));
    const answers = yield { type: "jobs", jobs };
    const bad = answers.find((answer) => answer.type !== "checked" || answer.result !== "passed");
    if (bad === undefined) continue;
    const message = `A piece of the copy in ${root} is not what it should be: the files stay where they were.`;
    return yield* close(view, bad.type === "failed" ? failureOf(bad) : { ok: false, class: "io", message });
  }
  yield* close(view, { ok: true });
  return undefined;
}

/** Deletes the files for which `isOurs` holds, below one of the two roots. */
function* deleteAt(view: MoveView, root: string, isOurs: (file: number) => boolean): DiskScript<RelocationResult> {
  const files = filesAsTheyAre(view).map((file, index) => (isOurs(index) ? file : { ...file, isPad: true }));
  const opened = yield* ask(openJob(view, root, files));
  if (opened.type !== "opened") return yield* close(view, failureOf(opened));
  const closed = yield* ask({ type: "close", job: view.nextId(), store: view.store, deleteFiles: true });
  return closed.type === "failed" ? failureOf(closed) : { ok: true };
}

function* close<Result>(view: MoveView, result: Result): DiskScript<Result> {
  yield* ask({ type: "close", job: view.nextId(), store: view.store, deleteFiles: false });
  return result;
}

function openJob(view: MoveView, root: string, files: readonly StoreFile[]): DiskJob {
  const { store, nextId, geometry, pieceHashes } = view;
  const { pieceLength } = geometry;
  return { type: "open", job: nextId(), store, root, files, pieceLength, pieceHashes };
}

function relayoutJob(view: MoveView, root: string, places: readonly FilePlace[]): DiskJob {
  return { type: "relayout", job: view.nextId(), store: view.store, root, places };
}

function filesAsTheyAre({ layout }: MoveView): readonly StoreFile[] {
  return layout.storeFiles().map(({ path: _path, alternatives: _alternatives, ...file }, index) => ({
    ...file,
    path: layout.pathOf(index),
  }));
}

function piecesOf(have: Bitfield): readonly number[] {
  const pieces: number[] = [];
  for (let piece = have.nextSet(0); piece >= 0; piece = have.nextSet(piece + 1)) pieces.push(piece);
  return pieces;
}

function failureOf(done: DiskDone): Failure {
  if (done.type === "failed") return { ok: false, ...done.error };
  return { ok: false, class: "io", message: `The disk answered "${done.type}".` };
}
