/** What a simulated disk does when files change their place: the rules of the real one, on a volume. */
import type { DiskDone, DiskJob, FileCopy, FilePlace, StoreFile } from "@torrential/engine";
import { VolumeError, type Volume } from "./volume.ts";

/** The layout of an open store; `relayout` changes it. */
export interface StorePlaces {
  root: string;
  files: readonly StoreFile[];
}

type JobOf<Type extends DiskJob["type"]> = Extract<DiskJob, { readonly type: Type }>;

const COPY_SUFFIX = ".moving";

/** Renames what is there, all or none, and takes the new layout over. */
export function relayout(volume: Volume, store: StorePlaces, job: JobOf<"relayout">): void {
  const done: { readonly from: string; readonly to: string }[] = [];
  try {
    for (const place of job.places) {
      const renaming = renamingOf(store, job.root, place);
      if (!isNeeded(volume, renaming)) continue;
      volume.rename(renaming.from, renaming.to);
      done.push(renaming);
    }
  } catch (error) {
    for (const { from, to } of done.toReversed()) volume.rename(to, from);
    throw error;
  }
  const files = [...store.files];
  for (const { file, path } of job.places) {
    const known = files[file];
    if (known !== undefined) files[file] = { ...known, path };
  }
  store.root = job.root;
  store.files = files;
}

/** What a crash leaves of a relayout: the first `count` names are new. */
export function relayoutPartly(volume: Volume, store: StorePlaces, job: JobOf<"relayout">, count: number): void {
  for (const place of job.places.slice(0, count)) {
    const renaming = renamingOf(store, job.root, place);
    if (isNeeded(volume, renaming)) volume.rename(renaming.from, renaming.to);
  }
}

/** Runs the jobs that move or copy one file. */
export function relocate(
  volume: Volume,
  store: StorePlaces,
  job: JobOf<"find-copy" | "copy" | "seal-copy" | "drop-copy">,
): DiskDone {
  const { file } = job;
  const from = pathOf(store, file);
  const to = [job.root, ...job.path].join("/");
  const base = { job: job.job, store: job.store, file };
  switch (job.type) {
    case "find-copy":
      return { type: "copy-found", ...base, copy: findCopy(volume, from, to) };
    case "copy": {
      const bytes = new Uint8Array(job.length);
      volume.read(from, bytes, job.offset);
      volume.write(to + COPY_SUFFIX, bytes, job.offset);
      return { type: "copied", ...base };
    }
    case "drop-copy":
      if (volume.file(to + COPY_SUFFIX) !== undefined) volume.remove(to + COPY_SUFFIX);
      return { type: "copy-dropped", ...base };
    case "seal-copy":
      sealCopy(volume, from, to);
      return { type: "copy-sealed", ...base };
  }
}

function findCopy(volume: Volume, from: string, to: string): FileCopy {
  const source = volume.file(from);
  const target = volume.file(to);
  if (source === undefined) return { type: target === undefined ? "absent" : "there" };
  if (target === undefined) return { type: "partial", copiedBytes: volume.file(to + COPY_SUFFIX)?.lengthBytes ?? 0 };
  if (target.lengthBytes === source.lengthBytes && target.mtimeMs === source.mtimeMs) return { type: "there" };
  throw new VolumeError("corrupt", `${to} exists already`);
}

function sealCopy(volume: Volume, from: string, to: string): void {
  const source = volume.file(from);
  if (source === undefined) throw new VolumeError("gone", `${from} does not exist`);
  const copy = volume.create(to + COPY_SUFFIX);
  copy.resize(source.lengthBytes, source.mtimeMs);
  volume.sync(to + COPY_SUFFIX, volume.sequence);
  volume.rename(to + COPY_SUFFIX, to);
}

function isNeeded(volume: Volume, renaming: { readonly from: string; readonly to: string }): boolean {
  return renaming.from !== renaming.to && volume.file(renaming.from) !== undefined;
}

function renamingOf(
  store: StorePlaces,
  root: string,
  place: FilePlace,
): { readonly from: string; readonly to: string } {
  const from = place.from === undefined ? pathOf(store, place.file) : [store.root, ...place.from].join("/");
  return { from, to: [root, ...place.path].join("/") };
}

function pathOf(store: StorePlaces, file: number): string {
  return [store.root, ...(store.files[file]?.path ?? [])].join("/");
}
