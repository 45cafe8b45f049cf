import { Bitfield } from "@torrential/core";
import { describe, expect, it } from "vitest";
import type { DiskDone, FoundFile } from "../ports/disk.ts";
import type { ResumeData } from "../resume/journal.ts";
import { KIB, makeContext } from "../test-support/context.ts";
import { Checker } from "./checker.ts";

const PIECES = 40;
type Result = Extract<DiskDone, { type: "checked" }>["result"];

describe("checker", () => {
  it("is done at once where nothing is", () => {
    const { checker, takeChecks } = start();
    checker.handleOpened([found(-1)], { recheck: false });
    expect(takeChecks()).toEqual([]);
    expect(checker.result?.have.isEmpty).toBe(true);
  });

  it("keeps sixteen pieces at the disk, in order, until all are hashed", () => {
    const { checker, takeChecks, answer } = start();
    checker.handleOpened([found(PIECES * 32 * KIB)], { recheck: false });
    const first = takeChecks();
    expect(first.map(({ piece }) => piece)).toEqual(Array.from({ length: 16 }, (_, piece) => piece));
    answer(first[0]!, "passed");
    expect(takeChecks().map(({ piece }) => piece)).toEqual([16]);
    expect([checker.checked, checker.total, checker.result]).toEqual([1, PIECES, undefined]);
  });

  it("has what passed, and neither what failed nor what is absent", () => {
    const { checker, finish } = start();
    checker.handleOpened([found(PIECES * 32 * KIB)], { recheck: false });
    finish((piece) => (piece === 3 ? "failed" : piece === 4 ? "absent" : "passed"));
    const have = checker.result?.have;
    expect([have?.count, have?.has(3), have?.has(4)]).toEqual([PIECES - 2, false, false]);
    expect(checker.result?.confirmed).toHaveLength(PIECES - 2);
  });

  it("believes a journal but for a sample of each file", () => {
    const { checker, takeChecks, answer } = start(journal([0, 1, 2]));
    checker.handleOpened([found(3 * 32 * KIB)], { recheck: false });
    const [sample, ...others] = takeChecks();
    expect([sample!.piece <= 2, others]).toEqual([true, []]);
    answer(sample!, "passed");
    expect([checker.result?.have.count, checker.result?.confirmed]).toEqual([3, []]);
  });

  it.each(["failed", "absent"] as const)("believes nothing any more once a sample is %s", (result) => {
    const { checker, takeChecks, answer, finish } = start(journal([0, 1, 2]));
    checker.handleOpened([found(3 * 32 * KIB)], { recheck: false });
    const [sample] = takeChecks();
    answer(sample!, result);
    expect(checker.result).toBeUndefined();
    const checked = finish((piece) => (piece === 2 ? "passed" : "failed"));
    expect([...checked, sample!.piece].toSorted()).toEqual([0, 1, 2]);
    expect(checker.result?.have.count).toBe(sample!.piece === 2 ? 0 : 1);
  });

  it("looks for data that somebody brought, and checks all once some is found", () => {
    const { checker, finish } = start(journal([0, 1, 2]));
    checker.handleOpened([found(PIECES * 32 * KIB)], { recheck: false });
    expect(finish((piece) => (piece === 30 ? "failed" : "passed"))).toHaveLength(PIECES - 2);
    expect([checker.result?.have.count, checker.result?.have.has(30)]).toEqual([PIECES - 1, false]);
  });

  it("takes holes for holes after a look at some, of which a few may have been written last", () => {
    const { checker, finish } = start(journal([0, 1, 2]));
    checker.handleOpened([found(PIECES * 32 * KIB)], { recheck: false });
    const checked = finish((piece) => (piece <= 2 || piece % 8 === 7 ? "passed" : "failed"));
    expect(checked).toHaveLength(17);
    expect(checker.result?.have.count).toBe(3 + checked.filter((piece) => piece > 2 && piece % 8 === 7).length);
  });

  it("believes nothing when told to recheck", () => {
    const { checker, finish } = start(journal([1, 2, 3]));
    checker.handleOpened([found(PIECES * 32 * KIB)], { recheck: true });
    expect(finish(() => "failed")).toHaveLength(PIECES);
    expect(checker.result?.have.isEmpty).toBe(true);
  });

  it("believes files of the right length when told to, and says which pieces that are", () => {
    const { checker, takeChecks } = start();
    checker.handleOpened([found(PIECES * 32 * KIB)], { recheck: false, skipCheck: true });
    expect([takeChecks(), checker.result?.have.isFull, checker.result?.believed?.isFull]).toEqual([[], true, true]);
  });

  it("hashes files of another length, whatever is to be believed", () => {
    const { checker, finish } = start();
    checker.handleOpened([found(PIECES * 16 * KIB)], { recheck: false, skipCheck: true });
    expect(finish(() => "passed")).toHaveLength(PIECES);
    expect([checker.result?.have.isFull, checker.result?.believed?.isEmpty]).toEqual([true, true]);
  });

  it("rechecks rather than believes", () => {
    const { checker, finish } = start();
    checker.handleOpened([found(PIECES * 32 * KIB)], { recheck: true, skipCheck: true });
    expect(finish(() => "failed")).toHaveLength(PIECES);
    expect(checker.result?.believed).toBeUndefined();
  });

  it("asks for nothing more once cancelled", () => {
    const { checker, takeChecks, answer } = start();
    checker.handleOpened([found(PIECES * 32 * KIB)], { recheck: false });
    const checks = takeChecks();
    checker.cancel();
    for (const check of checks) {
      expect(checker.isBusy).toBe(true);
      answer(check, "passed");
    }
    expect([takeChecks(), checker.isBusy]).toEqual([[], false]);
  });

  it("does not count answers to jobs of another", () => {
    const { checker, takeChecks, answer } = start();
    checker.handleOpened([found(PIECES * 32 * KIB)], { recheck: false });
    takeChecks();
    for (let job = 1; job <= 16; job++) answer({ job, piece: 39 }, "passed");
    checker.handleFailed(1);
    expect([checker.have.count, checker.checked, takeChecks()]).toEqual([0, 0, []]);
  });
});

function start(resume?: ResumeData) {
  const { context, takeJobs } = makeContext({ files: [{ lengthBytes: PIECES * 32 * KIB }] });
  const checker = new Checker(context, resume);
  const takeChecks = () => takeJobs().flatMap((job) => (job.type === "check" ? [job] : []));
  const answer = ({ job, piece }: { readonly job: number; readonly piece: number }, result: Result): void =>
    checker.handleChecked({ type: "checked", job, store: 1, piece, result });
  const finish = (resultOf: (piece: number) => Result): readonly number[] => {
    const checked: number[] = [];
    for (let checks = takeChecks(); checks.length > 0; checks = takeChecks()) {
      for (const check of checks) answer(check, resultOf(check.piece));
      checked.push(...checks.map(({ piece }) => piece));
    }
    return checked;
  };
  return { checker, takeChecks, answer, finish };
}

function journal(pieces: readonly number[]): ResumeData {
  const have = new Bitfield(PIECES);
  for (const piece of pieces) have.set(piece);
  const totals = { uploadedBytes: 0, downloadedBytes: 0 };
  return { have, written: new Set(), clean: false, files: [], totals };
}

function found(lengthBytes: number): FoundFile {
  return { lengthBytes, mtimeMs: 0 };
}
