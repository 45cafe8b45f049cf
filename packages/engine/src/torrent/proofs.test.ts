import { Bitfield } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { makeContext } from "../test-support/context.ts";
import { Proofs } from "./proofs.ts";

describe("proofs of believed pieces", () => {
  it("ask for a piece's hash once, and let it go when it passed", () => {
    const { proofs, takeChecks, answer } = start([0, 1]);
    expect([proofs.mayLeave(0, 7), proofs.mayLeave(0, -3), proofs.mayLeave(0, 7)]).toEqual([false, false, false]);
    const checks = takeChecks();
    expect(checks.map(({ piece }) => piece)).toEqual([0]);
    expect(answer(checks[0]!.job, "passed")).toEqual({ piece: 0, isGood: true, waiters: [7, -3] });
    expect([proofs.mayLeave(0, 7), proofs.mayLeave(1, 7), proofs.mayLeave(2, 7)]).toEqual([true, false, true]);
  });

  it.each(["failed", "absent"] as const)("say that a piece is false when its hash %s", (result) => {
    const { proofs, takeChecks, answer } = start([0]);
    proofs.mayLeave(0, 7);
    expect(answer(takeChecks()[0]!.job, result)).toMatchObject({ piece: 0, isGood: false });
    expect(proofs.mayLeave(0, 7)).toBe(false);
  });

  it("ask again when the disk failed, and know nothing of other checks", () => {
    const { proofs, takeChecks, answer } = start([0]);
    proofs.mayLeave(0, 7);
    const [first] = takeChecks();
    proofs.handleFailed(first!.job);
    expect(answer(first!.job, "passed")).toBeUndefined();
    proofs.mayLeave(0, 7);
    expect(takeChecks()).toHaveLength(1);
  });

  it("let everything go where nothing is believed", () => {
    const { proofs, takeChecks } = start([]);
    proofs.begin(undefined);
    expect([proofs.mayLeave(0, 7), takeChecks()]).toEqual([true, []]);
  });
});

function start(believed: readonly number[]) {
  const { context, takeJobs } = makeContext();
  const proofs = new Proofs(context);
  const pieces = new Bitfield(context.geometry.pieceCount);
  for (const piece of believed) pieces.set(piece);
  proofs.begin(pieces);
  return {
    proofs,
    takeChecks: () => takeJobs().flatMap((job) => (job.type === "check" ? [job] : [])),
    answer: (job: number, result: "passed" | "failed" | "absent") =>
      proofs.handleChecked({ type: "checked", job, store: 1, piece: 0, result }),
  };
}
