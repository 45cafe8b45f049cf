/** Decides, from what was remembered and what lies on disk, which pieces are believed and which are hashed again. */
import { Bitfield, type FileMap, type Geometry } from "@torrential/core";
import type { FoundFile } from "../ports/disk.ts";
import type { Random } from "../ports/machine.ts";
import type { ResumeData } from "./journal.ts";

export interface ResumePlan {
  /** Believed without reading. */
  readonly trusted: Bitfield;
  /** To be read and hashed before anything is requested. */
  readonly check: Bitfield;
  /** Trusted pieces that are hashed anyway, one per file at random: if one fails, everything is checked. */
  readonly samples: readonly number[];
  /** Of these nothing is known, though the files are long enough to hold them: holes, unless somebody brought the data. */
  readonly unlikely: Bitfield;
  /** Unlikely pieces that are hashed anyway, at random: if most of them pass, all are checked. */
  readonly probes: readonly number[];
}

export interface ResumeView {
  readonly geometry: Geometry;
  readonly fileMap: FileMap;
  readonly fileLengths: readonly number[];
  readonly isPad: readonly boolean[];
  readonly found: readonly FoundFile[];
  readonly resume: ResumeData | undefined;
  /** Without a journal, files of the right length are believed. */
  readonly skipCheck?: boolean;
}

/** Samples after an unclean stop: one piece per file, at most this many (rqbit's figure). */
const SAMPLES_MAX = 64;
/** Most of them pass where data was brought, and few where only the records of the last seconds were lost. */
const PROBES_MAX = 16;

/** Two stamps of one file are the same when they differ by less: some file systems keep whole seconds or two. */
const MTIME_TOLERANCE_MS = 2;

export function planResume(view: ResumeView, random: Random): ResumePlan {
  const { geometry, resume } = view;
  if (resume === undefined) return view.skipCheck === true ? believeWhatIsWhole(view) : checkWhatIsThere(view);
  const trusted = resume.have.clone();
  const check = new Bitfield(geometry.pieceCount);
  for (const piece of resume.written) check.set(piece);
  view.found.forEach((found, file) => {
    if (view.isPad[file] === true || view.fileLengths[file] === 0) return;
    if (isUnchanged(view, file, found)) return;
    for (const piece of piecesOfFile(view, file)) if (trusted.clear(piece)) check.set(piece);
    for (const piece of piecesWithin(view, file, found)) check.set(piece);
  });
  if (resume.clean) return { ...NOTHING_MORE, trusted, check, unlikely: new Bitfield(geometry.pieceCount) };
  const unlikely = findUnlikely(view, { trusted, check });
  return {
    trusted,
    check,
    samples: pickSamples(view, trusted, random),
    unlikely,
    probes: pickProbes(unlikely, random),
  };
}

const NOTHING_MORE = { samples: [], probes: [] } as const;

function findUnlikely(view: ResumeView, { trusted, check }: Pick<ResumePlan, "trusted" | "check">): Bitfield {
  const unlikely = new Bitfield(view.geometry.pieceCount);
  view.found.forEach((found, file) => {
    if (view.isPad[file] === true) return;
    for (const piece of piecesWithin(view, file, found))
      if (!trusted.has(piece) && !check.has(piece)) unlikely.set(piece);
  });
  return unlikely;
}

/** Without a journal every piece that lies in a file that exists may be there. */
function checkWhatIsThere(view: ResumeView): ResumePlan {
  const check = new Bitfield(view.geometry.pieceCount);
  view.found.forEach((found, file) => {
    if (found.lengthBytes <= 0 || view.isPad[file] === true) return;
    for (const piece of piecesOfFile(view, file)) check.set(piece);
  });
  const none = new Bitfield(view.geometry.pieceCount);
  return { ...NOTHING_MORE, trusted: none, check, unlikely: none };
}

/** Pieces of files that are missing or have another length are looked at; all else is believed. */
function believeWhatIsWhole(view: ResumeView): ResumePlan {
  const { check } = checkWhatIsThere(view);
  const trusted = new Bitfield(view.geometry.pieceCount);
  trusted.setAll();
  view.found.forEach((found, file) => {
    const isWhole = view.isPad[file] === true || found.lengthBytes === (view.fileLengths[file] ?? 0);
    if (!isWhole) for (const piece of piecesOfFile(view, file)) trusted.clear(piece);
  });
  for (let piece = trusted.nextSet(0); piece >= 0; piece = trusted.nextSet(piece + 1)) check.clear(piece);
  return { ...NOTHING_MORE, trusted, check, unlikely: new Bitfield(view.geometry.pieceCount) };
}

/**
 * After a clean stop a file must look as we left it (F06). After an unclean one its time says nothing, but a file
 * that is gone or longer than the torrent's is not ours any more; a shorter one is judged piece by piece.
 */
function isUnchanged(view: ResumeView, file: number, found: FoundFile): boolean {
  const stamp = view.resume?.clean === true ? view.resume.files[file] : undefined;
  if (stamp !== undefined) {
    return found.lengthBytes === stamp.lengthBytes && Math.abs(found.mtimeMs - stamp.mtimeMs) <= MTIME_TOLERANCE_MS;
  }
  return found.lengthBytes >= neededLength(view, file) && found.lengthBytes <= (view.fileLengths[file] ?? 0);
}

/** How long the file must be to hold the pieces that are believed. */
function neededLength(view: ResumeView, file: number): number {
  const { geometry, fileMap, resume } = view;
  const start = fileMap.offsetOf(file);
  const length = view.fileLengths[file] ?? 0;
  const { first, end } = geometry.piecesOf(start, length);
  for (let piece = end - 1; piece >= first; piece--) {
    if (resume?.have.has(piece) !== true) continue;
    return Math.min(length, geometry.pieceOffset(piece) + geometry.pieceLengthOf(piece) - start);
  }
  return -1;
}

function pickSamples(view: ResumeView, trusted: Bitfield, random: Random): readonly number[] {
  const samples = new Set<number>();
  for (let file = 0; file < view.fileLengths.length && samples.size < SAMPLES_MAX; file++) {
    const own = piecesOfFile(view, file).filter((piece) => trusted.has(piece));
    const chosen = own[Math.floor(random() * own.length)];
    if (chosen !== undefined) samples.add(chosen);
  }
  return [...samples];
}

/** One out of each of so many stretches of equal length. */
function pickProbes(unlikely: Bitfield, random: Random): readonly number[] {
  const pieces: number[] = [];
  for (let piece = unlikely.nextSet(0); piece >= 0; piece = unlikely.nextSet(piece + 1)) pieces.push(piece);
  const probes: number[] = [];
  for (let n = 0; n < PROBES_MAX; n++) {
    const from = Math.floor((n * pieces.length) / PROBES_MAX);
    const end = Math.floor(((n + 1) * pieces.length) / PROBES_MAX);
    const piece = pieces[from + Math.floor(random() * (end - from))];
    if (end > from && piece !== undefined) probes.push(piece);
  }
  return probes;
}

/** The pieces that begin before the file ends, as long as it is. */
function piecesWithin(view: ResumeView, file: number, { lengthBytes }: FoundFile): readonly number[] {
  const start = view.fileMap.offsetOf(file);
  return piecesOfFile(view, file).filter(
    (piece) => Math.max(0, view.geometry.pieceOffset(piece) - start) < lengthBytes,
  );
}

function piecesOfFile(view: ResumeView, file: number): readonly number[] {
  const length = view.fileLengths[file] ?? 0;
  if (length === 0) return [];
  const { first, end } = view.geometry.piecesOf(view.fileMap.offsetOf(file), length);
  return Array.from({ length: end - first }, (_, index) => first + index);
}
