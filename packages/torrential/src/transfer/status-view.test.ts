import type { Lifecycle } from "@torrential/node";
import { describe, expect, it } from "vitest";
import { makeStatus } from "../test-support/torrent.ts";
import { type Outcome, toPublicState, toView } from "./status-view.ts";

const CHECKING: Lifecycle = { status: "checking", checked: 1, total: 4 };
const ERROR: Lifecycle = { status: "error", owner: "root", class: "full", message: "full", retryAt: 0 };

describe("the state that is shown", () => {
  const cases: readonly (readonly [Lifecycle, boolean, Outcome, string])[] = [
    [CHECKING, false, undefined, "checking"],
    [{ status: "downloading" }, false, undefined, "downloading"],
    [{ status: "seeding" }, true, undefined, "seeding"],
    [{ status: "seeding" }, false, undefined, "finished"],
    [{ status: "finished" }, true, undefined, "finished"],
    [ERROR, false, undefined, "error"],
    [{ status: "stopping" }, false, undefined, "stopped"],
    [{ status: "stopped" }, true, undefined, "stopped"],
    [{ status: "stopping" }, false, "done", "finished"],
    [{ status: "seeding" }, true, "done", "finished"],
    [{ status: "stopped" }, false, "failed", "error"],
    [{ status: "downloading" }, false, "failed", "error"],
  ];
  it.each(cases)("of %j, staying %s, outcome %s, is %s", (lifecycle, staysToSeed, outcome, state) => {
    expect(toPublicState(lifecycle, { staysToSeed, outcome })).toBe(state);
  });
});

describe("the view of a status", () => {
  const context = { staysToSeed: false, outcome: undefined, loopDelayP99Ms: 1.26 };

  it("counts in bytes and seconds", () => {
    const status = makeStatus({ state: { status: "downloading" }, verifiedBytes: 250, downRate: 99.6 });
    expect(toView(status, context)).toMatchObject({
      length: 1000,
      verified: 250,
      downRate: 100,
      eta: 8,
      loopDelayP99Ms: 1.3,
    });
  });

  it("has no ETA when nothing comes, or nothing is to come", () => {
    expect(toView(makeStatus({ state: { status: "downloading" }, downRate: 0 }), context).eta).toBeUndefined();
    expect(toView(makeStatus({ state: { status: "seeding" }, verifiedBytes: 1000 }), context).eta).toBeUndefined();
  });

  it("says how far a check is", () => {
    expect(toView(makeStatus({ state: CHECKING }), context).checked).toEqual({ done: 1, total: 4 });
  });
});
