import { TorrentialError } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { toFailure } from "../failure.ts";
import { makeView, Sink } from "../test-support/view.ts";
import { styleOf } from "./choose-reporter.ts";
import { JsonReporter } from "./json-reporter.ts";
import { PlainReporter, QuietReporter } from "./plain-reporter.ts";
import type { Reporter } from "./reporter.ts";
import { TerminalReporter } from "./terminal-reporter.ts";

const FAILURE = toFailure(new TorrentialError("disk-full", "the disk is full", { cause: new Error("ENOSPC") }));

function make<T extends Reporter>(
  build: (outputs: { stdout: Sink; stderr: Sink; isVerbose: boolean }) => T,
  isVerbose = false,
): { reporter: T; stdout: Sink; stderr: Sink } {
  const [stdout, stderr] = [new Sink(), new Sink()];
  return { reporter: build({ stdout, stderr, isVerbose }), stdout, stderr };
}

describe("--json", () => {
  it("prints one object a line with the promised fields", () => {
    const { reporter, stdout } = make((outputs) => new JsonReporter(outputs));
    reporter.handleChange(makeView({ name: "a\nb" }));
    reporter.handleTick([makeView(), makeView({ state: "seeding", eta: undefined })]);
    reporter.handleEvent({ event: "piece-failed", piece: 4 });
    reporter.handleNote("stopping…");
    const lines = stdout.text.trimEnd().split("\n");
    const events = lines.map((line): Record<string, unknown> => JSON.parse(line));
    expect(events.map((each) => each["event"])).toEqual(["status", "status", "status", "piece-failed", "note"]);
    expect(events[0]).toMatchObject({ state: "downloading", length: 1_000_000_000, verified: 614_000_000, peers: 12 });
    expect(events[2]).toMatchObject({ state: "seeding", eta: null });
  });

  it("says failures on both", () => {
    const { reporter, stdout, stderr } = make((outputs) => new JsonReporter(outputs), true);
    reporter.handleFailure(FAILURE);
    expect(JSON.parse(stdout.text)).toEqual({
      event: "error",
      code: "disk-full",
      message: "the disk is full",
      causes: ["Error: ENOSPC"],
    });
    expect(stderr.text).toBe("torrential: the disk is full\n  caused by Error: ENOSPC\n");
  });
});

describe("plain lines", () => {
  it("come at changes, then every ten seconds while there is something to say", () => {
    const { reporter, stdout } = make((outputs) => new PlainReporter(outputs));
    reporter.handleChange(makeView());
    for (let at = 0; at <= 25_000; at += 500) reporter.handleTick([makeView()], at);
    expect(stdout.text.split("\n")).toEqual([
      ...Array.from({ length: 3 }, () => "debian.iso: downloading 61.4 % of 1.00 GB, 112 MB/s, ETA 4 s, 12 peers"),
      "",
    ]);
    reporter.handleChange(makeView({ state: "finished", verified: 1_000_000_000 }));
    for (let at = 25_000; at <= 60_000; at += 500) reporter.handleTick([makeView({ state: "finished" })], at);
    expect(stdout.text.endsWith("debian.iso: finished, 1.00 GB verified\n")).toBe(true);
  });

  it("are silent with --quiet, errors apart", () => {
    const { reporter, stdout, stderr } = make((outputs) => new QuietReporter(outputs));
    reporter.handleChange();
    reporter.handleTick();
    reporter.handleNote();
    reporter.handleFailure(FAILURE);
    expect([stdout.text, stderr.text]).toEqual(["", "torrential: the disk is full\n"]);
  });
});

describe("a terminal", () => {
  const terminal = { style: () => ({ columns: 60, isUnicode: false, isColour: false }), rows: () => 5 };

  it("has its lines drawn again in place, and notes above them", () => {
    const { reporter, stdout, stderr } = make((outputs) => new TerminalReporter(outputs, terminal));
    reporter.handleTick([makeView({ infoHash: "1" }), makeView({ infoHash: "2" })]);
    expect(stdout.text.match(/\n/g)).toHaveLength(2);
    stdout.text = "";
    reporter.handleTick([makeView({ infoHash: "1" })]);
    expect(stdout.text.startsWith("\u001b[2A\r\u001b[2Kdebian.iso")).toBe(true);
    stdout.text = "";
    reporter.handleNote("hm");
    expect(stdout.text.startsWith("\u001b[2A\r\u001b[J\u001b[2Kdebian.iso")).toBe(true);
    expect(stderr.text).toBe("torrential: hm\n");
  });

  it("that is too low for all torrents has a sum", () => {
    const { reporter, stdout } = make((outputs) => new TerminalReporter(outputs, terminal));
    reporter.handleTick(["1", "2", "3", "4"].map((infoHash) => makeView({ infoHash })));
    const lines = stdout.text.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[2]).toContain("all 4 torrents: 2.46 GB of 4.00 GB, 448 MB/s");
  });

  it.each([
    [{ LANG: "C.UTF-8" }, { isUnicode: true, isColour: true, columns: 90 }],
    [{ LC_ALL: "C", LANG: "en_US.UTF-8" }, { isUnicode: false }],
    [
      { LANG: "en_US.utf8", NO_COLOR: "1" },
      { isUnicode: true, isColour: false },
    ],
    [{ LANG: "C.UTF-8", TERM: "linux" }, { isUnicode: false }],
    [{}, { isUnicode: false, isColour: true }],
  ])("is known by %j", (env, style) => {
    expect(styleOf(env, 90)).toMatchObject(style);
  });
});
