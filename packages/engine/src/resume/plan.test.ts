import { Bitfield, FileMap, Geometry } from "@torrential/core";
import { describe, expect, it } from "vitest";
import type { FoundFile } from "../ports/disk.ts";
import type { ResumeData } from "./journal.ts";
import { planResume, type ResumePlan } from "./plan.ts";

// Pieces of 10 bytes: the first file covers pieces 0 to 2, the second 2 to 4; piece 2 is shared.
const fileLengths = [25, 20];
const geometry = new Geometry({ lengthBytes: 45, pieceLength: 10 });
const whole = [found(25), found(20)];

describe("resume plan without a journal", () => {
  it("checks the pieces of files that exist and believes none", () => {
    expect(shape(plan(undefined, [found(25), found(-1)]))).toEqual({ ...NONE, check: [0, 1, 2] });
  });

  it("checks nothing where nothing is", () => {
    expect(shape(plan(undefined, [found(-1), found(0)]))).toEqual(NONE);
  });
});

describe("resume plan after a clean stop", () => {
  it("believes unchanged files without reading a byte", () => {
    expect(shape(plan(clean([0, 1, 4]), whole))).toEqual({ ...NONE, trusted: [0, 1, 4] });
  });

  it("allows for file systems that round times", () => {
    const rounded = [{ lengthBytes: 25, mtimeMs: 1_001.9 }, found(20)];
    expect(shape(plan(clean([0]), rounded)).trusted).toEqual([0]);
  });

  it.each([
    ["touched", { lengthBytes: 25, mtimeMs: 5_000 }],
    ["truncated", found(24)],
    ["longer", found(26)],
  ])("checks all that may be in a file that is %s, and no other", (_, first) => {
    const result = shape(plan(clean([0, 2, 4]), [first, found(20)]));
    expect(result).toEqual({ trusted: [4], check: [0, 1, 2], samples: [], unlikely: [], probes: [] });
  });

  it("checks what was believed of a file that is missing, and what may be in one that is short", () => {
    expect(shape(plan(clean([0, 2, 4]), [found(-1), found(20)]))).toMatchObject({ trusted: [4], check: [0, 2] });
    expect(shape(plan(clean([0]), [found(10), found(20)]))).toMatchObject({ trusted: [], check: [0] });
  });

  it("checks a file that was not there when it stopped", () => {
    const absent = { ...clean([]), files: [found(-1), found(-1)] };
    expect(shape(plan(absent, [found(25), found(-1)]))).toMatchObject({ trusted: [], check: [0, 1, 2] });
  });
});

describe("resume plan after an unclean stop", () => {
  it("samples one believed piece of each file", () => {
    const result = shape(plan(unclean([0, 1, 3]), whole));
    expect(result.trusted).toEqual([0, 1, 3]);
    expect(result.samples).toHaveLength(2);
    expect(result.samples[1]).toBe(3);
  });

  it("checks written pieces that were not known to be synced", () => {
    expect(shape(plan(unclean([0], [3]), whole)).check).toEqual([3]);
  });

  it("does not mind a time that changed, nor a file still short of what is not believed", () => {
    const result = shape(plan(unclean([0]), [{ lengthBytes: 10, mtimeMs: 9_999 }, found(-1)]));
    expect(result).toMatchObject({ trusted: [0], check: [] });
  });

  it.each([
    ["gone", found(-1)],
    ["shorter than what is believed of it", found(19)],
  ])("checks what was believed of a file that is %s", (_, first) => {
    expect(shape(plan(unclean([0, 1, 4]), [first, found(20)]))).toMatchObject({ trusted: [4], check: [0, 1] });
  });

  it("checks all that may be in a file that is longer than the torrent's", () => {
    expect(shape(plan(unclean([0, 1, 4]), [found(26), found(20)]))).toMatchObject({ trusted: [4], check: [0, 1, 2] });
  });

  it("probes for what somebody may have brought, as far as files reach", () => {
    const result = shape(plan(unclean([0], [1]), [found(25), found(6)]));
    expect(result).toMatchObject({ trusted: [0], check: [1], unlikely: [2, 3], probes: [2, 3] });
    expect(shape(plan(unclean([0]), [found(10), found(-1)]))).toMatchObject({ unlikely: [], probes: [] });
  });

  it("never samples more than 64 pieces", () => {
    const lengths = Array.from({ length: 100 }, () => 10);
    const view = {
      geometry: new Geometry({ lengthBytes: 1_000, pieceLength: 10 }),
      fileMap: new FileMap(lengths),
      fileLengths: lengths,
      isPad: lengths.map(() => false),
      found: lengths.map(found),
      resume: {
        ...unclean([]),
        have: bits(
          100,
          Array.from({ length: 100 }, (_, piece) => piece),
        ),
      },
    };
    expect(planResume(view, () => 0).samples).toHaveLength(64);
  });
});

describe("resume plan with pads and empty files", () => {
  it("asks nothing of files that hold no bytes of their own", () => {
    const lengths = [10, 10, 0];
    const result = planResume(
      {
        geometry: new Geometry({ lengthBytes: 20, pieceLength: 10 }),
        fileMap: new FileMap(lengths),
        fileLengths: lengths,
        isPad: [false, true, false],
        found: [found(10), found(-1), found(-1)],
        resume: { ...unclean([]), clean: true, have: bits(2, [0, 1]), files: [found(10), found(-1), found(0)] },
      },
      () => 0,
    );
    expect(shape(result)).toEqual({ ...NONE, trusted: [0, 1] });
  });
});

function plan(resume: ResumeData | undefined, files: readonly FoundFile[]): ResumePlan {
  const isPad = [false, false];
  return planResume(
    { geometry, fileMap: new FileMap(fileLengths), fileLengths, isPad, found: files, resume },
    () => 0.5,
  );
}

function found(lengthBytes: number): FoundFile {
  return { lengthBytes, mtimeMs: 1_000 };
}

function clean(have: readonly number[]): ResumeData {
  return { ...unclean(have), clean: true, files: whole };
}

function unclean(have: readonly number[], written: readonly number[] = []): ResumeData {
  const totals = { uploadedBytes: 0, downloadedBytes: 0 };
  return { have: bits(5, have), written: new Set(written), clean: false, files: [], totals };
}

function bits(length: number, pieces: readonly number[]): Bitfield {
  const bitfield = new Bitfield(length);
  for (const piece of pieces) bitfield.set(piece);
  return bitfield;
}

function shape({ trusted, check, unlikely, ...chosen }: ResumePlan) {
  return { ...chosen, trusted: piecesOf(trusted), check: piecesOf(check), unlikely: piecesOf(unlikely) };
}

const NONE = { trusted: [], check: [], samples: [], unlikely: [], probes: [] };

function piecesOf(bitfield: Bitfield): number[] {
  return Array.from({ length: bitfield.length }, (_, piece) => piece).filter((piece) => bitfield.has(piece));
}
