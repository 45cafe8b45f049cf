import { Bitfield, concatBytes, parseInfoHash } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { decodeJournal, encodeJournalHeader, encodeJournalRecord, type JournalRecord } from "./journal.ts";

const infoHash = parseInfoHash("11".repeat(20));
const expected = { infoHash, pieceCount: 20 };
const totals = { uploadedBytes: 2 ** 40 + 1, downloadedBytes: 7 };

const HEADER_LENGTH = 32;

describe("resume journal", () => {
  it("believes a clean snapshot with its stamps and totals", () => {
    const files = [
      { lengthBytes: 10, mtimeMs: 1.5 },
      { lengthBytes: -1, mtimeMs: 0 },
    ];
    const resume = decodeJournal(
      journal({ type: "snapshot", clean: true, have: bits(1, 19), totals, files }),
      expected,
    );
    expect(resume).toMatchObject({ clean: true, totals, files });
    expect(piecesOf(resume?.have)).toEqual([1, 19]);
  });

  it("keeps written pieces apart until they are synced", () => {
    const resume = decodeJournal(
      journal(
        snapshot(0),
        { type: "written", pieces: [3, 4] },
        { type: "synced", pieces: [3], totals },
        { type: "written", pieces: [0, 5] },
      ),
      expected,
    );
    expect(piecesOf(resume?.have)).toEqual([0, 3]);
    expect([...(resume?.written ?? [])]).toEqual([4, 5]);
    expect(resume?.totals).toEqual(totals);
  });

  it("is unclean again with any record after a clean snapshot, but for counters", () => {
    const clean: JournalRecord = { type: "snapshot", clean: true, have: bits(2), totals, files: [] };
    const isClean = (record: JournalRecord): boolean | undefined =>
      decodeJournal(journal(clean, record), expected)?.clean;
    expect(isClean({ type: "written", pieces: [] })).toBe(false);
    expect(isClean({ type: "synced", pieces: [3], totals })).toBe(false);
    expect(isClean({ type: "synced", pieces: [], totals })).toBe(true);
  });

  it("forgets what was written when a snapshot follows", () => {
    const resume = decodeJournal(journal({ type: "written", pieces: [7] }, snapshot(1)), expected);
    expect(resume?.written.size).toBe(0);
  });

  it("refuses the journal of another torrent, of another size, and what is no journal", () => {
    const bytes = journal(snapshot(1));
    expect(decodeJournal(bytes, { ...expected, infoHash: parseInfoHash("22".repeat(20)) })).toBeUndefined();
    expect(decodeJournal(bytes, { ...expected, pieceCount: 21 })).toBeUndefined();
    expect(decodeJournal(new Uint8Array(200), expected)).toBeUndefined();
    expect(decodeJournal(new Uint8Array(0), expected)).toBeUndefined();
  });

  it("reads up to the last whole record wherever it was torn", () => {
    const records: JournalRecord[] = [
      snapshot(0),
      { type: "written", pieces: [1, 2] },
      { type: "synced", pieces: [1, 2], totals },
    ];
    const bytes = journal(...records);
    const ends = records.map((_, count) => journal(...records.slice(0, count + 1)).length);
    for (let length = 0; length < bytes.length; length++) {
      const wholeRecords = ends.filter((end) => end <= length).length;
      const resume = decodeJournal(bytes.subarray(0, length), expected);
      const wanted = length < HEADER_LENGTH ? undefined : [[], [0], [0], [0, 1, 2]][wholeRecords];
      expect(resume && piecesOf(resume.have), `torn at ${length}`).toEqual(wanted);
    }
  });

  it("never claims a piece that was not recorded, whichever bit is flipped", () => {
    const bytes = journal(snapshot(0), { type: "synced", pieces: [5, 9], totals }, { type: "written", pieces: [12] });
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      const resume = decodeJournal(damaged, expected);
      for (const piece of piecesOf(resume?.have)) expect([0, 5, 9], `bit ${bit}`).toContain(piece);
      for (const piece of resume?.written ?? []) expect(piece, `bit ${bit}`).toBe(12);
    }
  });

  it("reads from the middle of a larger buffer", () => {
    const bytes = journal(snapshot(4));
    const larger = concatBytes([new Uint8Array(3), bytes, new Uint8Array(3)]).subarray(3, 3 + bytes.length);
    expect(piecesOf(decodeJournal(larger, expected)?.have)).toEqual([4]);
  });
});

function journal(...records: readonly JournalRecord[]): Uint8Array {
  return concatBytes([encodeJournalHeader(infoHash, expected.pieceCount), ...records.map(encodeJournalRecord)]);
}

function snapshot(...pieces: readonly number[]): JournalRecord {
  return {
    type: "snapshot",
    clean: false,
    have: bits(...pieces),
    totals: { uploadedBytes: 0, downloadedBytes: 0 },
    files: [],
  };
}

function bits(...pieces: readonly number[]): Bitfield {
  const bitfield = new Bitfield(expected.pieceCount);
  for (const piece of pieces) bitfield.set(piece);
  return bitfield;
}

function piecesOf(bitfield: Bitfield | undefined): number[] {
  return Array.from({ length: bitfield?.length ?? 0 }, (_, piece) => piece).filter((piece) => bitfield?.has(piece));
}
