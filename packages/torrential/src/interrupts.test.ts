import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { Interrupts, reportClosedOutput } from "./interrupts.ts";

function make(): { source: EventEmitter; interrupts: Interrupts; heard: string[]; exits: number[] } {
  const source = new EventEmitter();
  const heard: string[] = [];
  const exits: number[] = [];
  const interrupts = new Interrupts({
    onFirst: (reason) => heard.push(reason),
    signals: source,
    exit: (code) => exits.push(code),
  });
  return { source, interrupts, heard, exits };
}

describe("interrupts", () => {
  it("ask for a stop once, then end at once", () => {
    const { source, interrupts, heard, exits } = make();
    expect(interrupts.exitCode).toBeUndefined();
    source.emit("SIGINT");
    expect([heard, interrupts.signal.aborted, interrupts.exitCode, exits]).toEqual([["SIGINT"], true, 130, []]);
    source.emit("SIGTERM");
    expect([heard, exits, interrupts.exitCode]).toEqual([["SIGINT"], [143], 130]);
  });

  it("take a closed stdout for a wish to stop, however often it is noticed", () => {
    const { interrupts, exits } = make();
    expect([reportClosedOutput(), reportClosedOutput()]).toEqual([true, true]);
    expect([interrupts.exitCode, exits]).toEqual([141, []]);
  });

  it("leave SIGPIPE alone, which every peer that hangs up may cause", () => {
    const { source } = make();
    expect(source.listenerCount("SIGPIPE")).toBe(0);
  });
});
