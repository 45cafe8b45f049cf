import { makeEndpoint } from "@torrential/core";
import { describe, expect, it } from "vitest";
import type { DiskJob } from "../ports/disk.ts";
import { PieceBuffer } from "../storage/piece-buffer.ts";
import { KIB, makeContext } from "../test-support/context.ts";
import { makeKnown } from "../test-support/peers.ts";
import { type Sender, type Verdict, Verifier } from "./verifier.ts";

describe("verifier", () => {
  it("sends a complete piece to be hashed and written, without digests at first", () => {
    const { submit, commits, verifier } = start();
    submit([1, 1]);
    expect(commits()).toMatchObject([{ piece: 0, hashedExtents: 0, wantBlockDigests: false }]);
    expect(verifier.pendingCount).toBe(1);
  });

  it("names the senders of a piece that passed, and nobody guilty", () => {
    const { submit, pass } = start();
    submit([1, 2]);
    expect(pass(["a", "b"])).toMatchObject({ type: "passed", piece: 0, guilty: [], cleared: [] });
  });

  it("blames the one who sent all of a false piece, without proof", () => {
    const { submit, fail } = start();
    submit([1, 1]);
    const verdict = fail(["a", "b"]);
    expect(guiltyOf(verdict)).toEqual([[1, false]]);
    expect(verdict).toMatchObject({ type: "failed", suspects: [] });
  });

  it("suspects all of several senders and blames none", () => {
    const { submit, fail } = start();
    submit([1, 2]);
    const verdict = fail(["a", "b"]);
    expect(guiltyOf(verdict)).toEqual([]);
    expect(idsOf(verdict?.type === "failed" ? verdict.suspects : [])).toEqual([1, 2]);
  });

  it("finds exactly those whose blocks differ once the piece passes, and clears the others", () => {
    const { submit, fail, pass, commits } = start();
    submit([1, 2]);
    fail(["good", "BAD"]);
    submit([3, 3]);
    expect(commits()).toMatchObject([{ wantBlockDigests: true }]);
    const verdict = pass(["good", "fine"]);
    expect(guiltyOf(verdict)).toEqual([[2, true]]);
    expect(idsOf(verdict?.type === "passed" ? verdict.cleared : [])).toEqual([1]);
  });

  it("finds the guilty of several rounds", () => {
    const { submit, fail, pass } = start();
    submit([1, 2]);
    fail(["BAD", "good"]);
    submit([3, 4]);
    fail(["fine", "WORSE"]);
    submit([5, 5]);
    expect(guiltyOf(pass(["fine", "good"]))).toEqual([
      [1, true],
      [4, true],
    ]);
  });

  it("keeps a suspect of two pieces under suspicion until both are known", () => {
    const { submit, fail, pass, verifier } = start();
    submit([1, 2], 0);
    fail(["a", "b"]);
    submit([1, 3], 1);
    fail(["c", "d"]);
    submit([4, 4], 0);
    const first = pass(["a", "b"]);
    expect(idsOf(first?.type === "passed" ? first.cleared : [])).toEqual([2]);
    expect(verifier.isSuspect(1)).toBe(true);
    submit([4, 4], 1);
    const second = pass(["c", "d"]);
    expect(idsOf(second?.type === "passed" ? second.cleared : [])).toEqual([1, 3]);
    expect(verifier.isSuspect(1)).toBe(false);
  });

  it("blames nobody for blocks of an earlier run", () => {
    const { submit, fail, pass } = start();
    submit([-1, -1]);
    expect(fail(["a", "b"])).toMatchObject({ senders: [], guilty: [], suspects: [] });
    submit([-1, 1]);
    expect(guiltyOf(fail(["a", "b"]))).toEqual([]);
    submit([2, 2]);
    expect(guiltyOf(pass(["x", "b"]))).toEqual([]);
  });

  it("blames nobody for a disk that failed, and sends the piece again from its first byte", () => {
    const { submit, commits, verifier } = start();
    const buffer = submit([1, 1]);
    buffer.hashedExtents = 1;
    const [job] = commits();
    expect(verifier.handleFailed(job?.job ?? 0)).toBe(true);
    expect([verifier.pendingCount, commits()]).toEqual([0, []]);
    verifier.retry();
    expect(commits()).toMatchObject([{ piece: 0, hashedExtents: 0 }]);
    verifier.retry();
    expect(commits()).toEqual([]);
  });

  it("knows nothing of jobs that are not its own", () => {
    const { verifier } = start();
    expect(verifier.handleFailed(77)).toBe(false);
    const done = { type: "committed", job: 77, store: 1, piece: 0, blockDigests: undefined } as const;
    expect(verifier.handleDone(done)).toBeUndefined();
  });
});

function start() {
  const { context, takeJobs } = makeContext();
  const verifier = new Verifier(context);
  const senders = new Map<number, Sender>();
  let last: Extract<DiskJob, { type: "commit" }> | undefined;
  const senderOf = (id: number): Sender => {
    const sender = senders.get(id) ?? { id, known: makeKnown(makeEndpoint("192.0.2.1", 1_000 + id)) };
    senders.set(id, sender);
    return sender;
  };
  const commits = () => {
    const jobs = takeJobs().flatMap((job) => (job.type === "commit" ? [job] : []));
    last = jobs.at(-1) ?? last;
    return jobs;
  };
  const submit = (contributors: readonly number[], piece = 0): PieceBuffer => {
    const buffer = PieceBuffer.allocate(context.slab, piece, 32 * KIB);
    if (buffer === undefined) throw new Error("no room in an empty slab");
    verifier.submit({ piece, buffer, contributors }, senderOf);
    return buffer;
  };
  const answer = (type: "committed" | "hash-failed", blockDigests: readonly string[]): Verdict | undefined => {
    commits();
    return verifier.handleDone({ type, job: last?.job ?? 0, store: 1, piece: last?.piece ?? 0, blockDigests });
  };
  return {
    verifier,
    submit,
    commits,
    pass: (digests: readonly string[]) => answer("committed", digests),
    fail: (digests: readonly string[]) => answer("hash-failed", digests),
  };
}

function guiltyOf(verdict: Verdict | undefined): (readonly [number, boolean])[] {
  return (verdict?.guilty ?? []).map(({ sender, certain }) => [sender.id, certain] as const);
}

function idsOf(senders: readonly Sender[]): number[] {
  return senders.map(({ id }) => id).toSorted((a, b) => a - b);
}
