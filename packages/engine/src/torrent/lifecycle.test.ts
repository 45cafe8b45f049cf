import { describe, expect, it } from "vitest";
import { isActive, type Lifecycle, type LifecycleStatus, move } from "./lifecycle.ts";

const STATES: Readonly<Record<LifecycleStatus, Lifecycle>> = {
  stopped: { status: "stopped" },
  "fetching-metadata": { status: "fetching-metadata", receivedBytes: 0, totalBytes: undefined },
  checking: { status: "checking", checked: 0, total: 4 },
  downloading: { status: "downloading" },
  finished: { status: "finished" },
  seeding: { status: "seeding" },
  stopping: { status: "stopping" },
  moving: { status: "moving", movedBytes: 0, totalBytes: 8 },
  error: { status: "error", owner: "root", class: "full", message: "the disk is full", retryAt: 30_000 },
};
const STATUSES: readonly LifecycleStatus[] = Object.values(STATES).map(({ status }) => status);

const LEGAL: Readonly<Record<LifecycleStatus, string>> = {
  stopped: "checking fetching-metadata moving",
  "fetching-metadata": "error stopping",
  moving: "stopped",
  checking: "checking downloading finished seeding error stopping",
  downloading: "finished seeding error stopping checking",
  finished: "downloading seeding error stopping checking",
  seeding: "downloading error stopping checking",
  error: "fetching-metadata checking downloading finished seeding error stopping",
  stopping: "stopped",
};

describe("lifecycle", () => {
  it.each(STATUSES.flatMap((from) => STATUSES.map((to) => [from, to] as const)))("from %s to %s", (from, to) => {
    const isLegal = LEGAL[from].split(" ").includes(to);
    if (isLegal) expect(move(STATES[from], STATES[to])).toBe(STATES[to]);
    else expect(() => move(STATES[from], STATES[to])).toThrow(`no way from ${from} to ${to}`);
  });

  it("has peers while it downloads, has finished or seeds", () => {
    expect(STATUSES.filter((status) => isActive(STATES[status]))).toEqual(["downloading", "finished", "seeding"]);
  });
});
