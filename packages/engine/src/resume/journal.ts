/**
 * The resume journal of one torrent: a header, then records that each carry a checksum. A torn or damaged record
 * ends the reading; what came before it holds. Integers are big-endian, sizes and times are doubles.
 *
 * Invariant: a piece is in a `synced` record only after the files that hold it were synced (PROMISES, order of truth).
 * A `written` record is a hint: after an unclean stop those pieces are hashed again instead of fetched again.
 */
import { Bitfield, crc32, infoHashBytes, infoHashFromBytes, type InfoHash } from "@torrential/core";

/** Size and time of a file when it was last known to be ours; length -1 when it did not exist. */
export interface FileStamp {
  readonly lengthBytes: number;
  readonly mtimeMs: number;
}

export interface Totals {
  readonly uploadedBytes: number;
  readonly downloadedBytes: number;
}

export type JournalRecord =
  /** Everything, at a clean stop or a compaction. `files` is empty unless the stop was clean. */
  | {
      readonly type: "snapshot";
      readonly clean: boolean;
      readonly have: Bitfield;
      readonly totals: Totals;
      readonly files: readonly FileStamp[];
    }
  | { readonly type: "written"; readonly pieces: readonly number[] }
  | { readonly type: "synced"; readonly pieces: readonly number[]; readonly totals: Totals };

/** What a journal says when read to its last whole record. */
export interface ResumeData {
  /** Pieces whose bytes were synced. */
  readonly have: Bitfield;
  /** Pieces that were written but not known to be synced. */
  readonly written: ReadonlySet<number>;
  readonly clean: boolean;
  /** Stamps at the clean stop, by file index; empty when the stop was not clean. */
  readonly files: readonly FileStamp[];
  readonly totals: Totals;
}

const MAGIC = 0x54524a31; // "TRJ1"
const HEADER_LENGTH = 4 + 20 + 4 + 4;
const TYPE_CODES = { snapshot: 1, written: 2, synced: 3 } as const;

export function encodeJournalHeader(infoHash: InfoHash, pieceCount: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  bytes.set(infoHashBytes(infoHash), 4);
  view.setUint32(24, pieceCount);
  view.setUint32(28, crc32(bytes.subarray(0, 28)));
  return bytes;
}

/** One record: type (1), payload length (4), payload, CRC-32 of all before (4). */
export function encodeJournalRecord(record: JournalRecord): Uint8Array {
  const payload = encodePayload(record);
  const bytes = new Uint8Array(5 + payload.length + 4);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, TYPE_CODES[record.type]);
  view.setUint32(1, payload.length);
  bytes.set(payload, 5);
  view.setUint32(5 + payload.length, crc32(bytes.subarray(0, 5 + payload.length)));
  return bytes;
}

/** Reads a journal; undefined when it is not one, or not of this torrent. */
export function decodeJournal(
  bytes: Uint8Array,
  expected: { readonly infoHash: InfoHash; readonly pieceCount: number },
): ResumeData | undefined {
  if (!hasHeader(bytes, expected)) return undefined;
  const state = new ResumeState(expected.pieceCount);
  let at = HEADER_LENGTH;
  for (;;) {
    const record = readRecord(bytes, at, expected.pieceCount);
    if (record === undefined) return state;
    state.apply(record.record);
    at = record.end;
  }
}

class ResumeState implements ResumeData {
  have: Bitfield;
  written: Set<number> = new Set();
  clean = false;
  files: readonly FileStamp[] = [];
  totals: Totals = { uploadedBytes: 0, downloadedBytes: 0 };

  constructor(pieceCount: number) {
    this.have = new Bitfield(pieceCount);
  }

  apply(record: JournalRecord): void {
    // Counters alone are no change: what a seed uploads leaves its files as they are.
    const isCounters = record.type === "synced" && record.pieces.length === 0;
    this.clean = record.type === "snapshot" ? record.clean : this.clean && isCounters;
    switch (record.type) {
      case "snapshot":
        this.have = record.have;
        this.files = record.files;
        this.totals = record.totals;
        this.written = new Set();
        return;
      case "written":
        for (const piece of record.pieces) if (!this.have.has(piece)) this.written.add(piece);
        return;
      case "synced":
        this.totals = record.totals;
        for (const piece of record.pieces) {
          this.have.set(piece);
          this.written.delete(piece);
        }
        return;
      default:
        record satisfies never;
    }
  }
}

function hasHeader(bytes: Uint8Array, expected: { readonly infoHash: InfoHash; readonly pieceCount: number }): boolean {
  if (bytes.length < HEADER_LENGTH) return false;
  const view = viewOf(bytes);
  return (
    view.getUint32(0) === MAGIC &&
    view.getUint32(28) === crc32(bytes.subarray(0, 28)) &&
    view.getUint32(24) === expected.pieceCount &&
    infoHashFromBytes(bytes.subarray(4, 24)) === expected.infoHash
  );
}

function readRecord(
  bytes: Uint8Array,
  at: number,
  pieceCount: number,
): { record: JournalRecord; end: number } | undefined {
  if (bytes.length - at < 9) return undefined;
  const view = viewOf(bytes);
  const length = view.getUint32(at + 1);
  const end = at + 5 + length + 4;
  if (end > bytes.length || view.getUint32(end - 4) !== crc32(bytes.subarray(at, end - 4))) return undefined;
  const record = decodePayload(view.getUint8(at), bytes.subarray(at + 5, end - 4), pieceCount);
  return record === undefined ? undefined : { record, end };
}

function encodePayload(record: JournalRecord): Uint8Array {
  switch (record.type) {
    case "snapshot":
      return encodeSnapshot(record);
    case "synced": {
      const bytes = new Uint8Array(16 + 4 * record.pieces.length);
      writeTotals(viewOf(bytes), 0, record.totals);
      writePieces(viewOf(bytes), 16, record.pieces);
      return bytes;
    }
    case "written": {
      const bytes = new Uint8Array(4 * record.pieces.length);
      writePieces(viewOf(bytes), 0, record.pieces);
      return bytes;
    }
    default:
      return record satisfies never;
  }
}

function encodeSnapshot(record: Extract<JournalRecord, { type: "snapshot" }>): Uint8Array {
  const have = record.have.toBytes();
  const bytes = new Uint8Array(1 + 16 + 4 + have.length + 16 * record.files.length);
  const view = viewOf(bytes);
  view.setUint8(0, record.clean ? 1 : 0);
  writeTotals(view, 1, record.totals);
  view.setUint32(17, record.files.length);
  bytes.set(have, 21);
  record.files.forEach((file, index) => {
    view.setFloat64(21 + have.length + 16 * index, file.lengthBytes);
    view.setFloat64(21 + have.length + 16 * index + 8, file.mtimeMs);
  });
  return bytes;
}

function decodePayload(code: number, payload: Uint8Array, pieceCount: number): JournalRecord | undefined {
  const view = viewOf(payload);
  switch (code) {
    case TYPE_CODES.snapshot:
      return decodeSnapshot(payload, pieceCount);
    case TYPE_CODES.written:
      return { type: "written", pieces: readPieces(view, 0, pieceCount) };
    case TYPE_CODES.synced:
      if (payload.length < 16) return undefined;
      return { type: "synced", totals: readTotals(view, 0), pieces: readPieces(view, 16, pieceCount) };
    default:
      return undefined;
  }
}

function decodeSnapshot(payload: Uint8Array, pieceCount: number): JournalRecord | undefined {
  const haveLength = Math.ceil(pieceCount / 8);
  if (payload.length < 21 + haveLength) return undefined;
  const view = viewOf(payload);
  const fileCount = view.getUint32(17);
  const base = 21 + haveLength;
  if (payload.length !== base + 16 * fileCount) return undefined;
  const files = Array.from({ length: fileCount }, (_, index) => ({
    lengthBytes: view.getFloat64(base + 16 * index),
    mtimeMs: view.getFloat64(base + 16 * index + 8),
  }));
  const have = Bitfield.fromBytes(pieceCount, payload.slice(21, base));
  return { type: "snapshot", clean: view.getUint8(0) === 1, have, totals: readTotals(view, 1), files };
}

function writeTotals(view: DataView, at: number, totals: Totals): void {
  view.setFloat64(at, totals.uploadedBytes);
  view.setFloat64(at + 8, totals.downloadedBytes);
}

function readTotals(view: DataView, at: number): Totals {
  return { uploadedBytes: view.getFloat64(at), downloadedBytes: view.getFloat64(at + 8) };
}

function writePieces(view: DataView, at: number, pieces: readonly number[]): void {
  pieces.forEach((piece, index) => view.setUint32(at + 4 * index, piece));
}

function readPieces(view: DataView, at: number, pieceCount: number): readonly number[] {
  const pieces: number[] = [];
  for (let i = at; i + 4 <= view.byteLength; i += 4) {
    const piece = view.getUint32(i);
    if (piece < pieceCount) pieces.push(piece);
  }
  return pieces;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
