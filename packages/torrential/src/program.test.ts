import { describe, expect, it } from "vitest";
import { makeProgram } from "./program.ts";

function parse(...args: string[]): Readonly<Record<string, unknown>> {
  let options: Readonly<Record<string, unknown>> = {};
  const program = makeProgram(() => {});
  for (const verb of program.commands) {
    verb.exitOverride().action(() => {
      options = { verb: verb.name(), args: verb.args, ...verb.optsWithGlobals() };
    });
  }
  program.parse(args, { from: "user" });
  return options;
}

describe("the command line", () => {
  it("gives download its options, read", () => {
    const args = "download a b -o out --peer [::1]:5 --peer x.example:6 --port 7 --bind 127.0.0.1 --no-trackers";
    const more = "--select *.iso --sequential --seed --seed-ratio 1.5 --seed-time 2h --max-down 2MiB --max-up 500KB";
    expect(parse(...`${args} ${more} --json --quiet --state s --timeout 10 --verbose`.split(" "))).toMatchObject({
      verb: "download",
      args: ["a", "b"],
      output: "out",
      peer: [
        { host: "::1", port: 5 },
        { host: "x.example", port: 6 },
      ],
      port: 7,
      bind: "127.0.0.1",
      trackers: false,
      select: ["*.iso"],
      sequential: true,
      seed: true,
      seedRatio: 1.5,
      seedTime: 7_200_000,
      maxDown: 2_097_152,
      maxUp: 500_000,
      timeout: 10_000,
      json: true,
      quiet: true,
      state: "s",
      verbose: true,
    });
  });

  it("has sensible defaults", () => {
    expect(parse("download", "a")).toMatchObject({ output: ".", port: 0, trackers: true, peer: [], select: [] });
    expect(parse("create", "a")).toMatchObject({ date: true, tracker: [], webSeed: [] });
  });

  it("collects tiers of trackers for create", () => {
    const args = ["create", "a", "-t", "http://a.example/x,http://b.example/x", "--tracker", "udp://c.example:1"];
    expect(parse(...args)).toMatchObject({
      tracker: [["http://a.example/x", "http://b.example/x"], ["udp://c.example:1"]],
    });
  });

  it.each([
    [["dowload", "a"], /unknown command 'dowload'\n\(Did you mean download\?\)/],
    [["download", "a", "--sed"], /unknown option '--sed'\n\(Did you mean --seed\?\)/],
    [["download"], /missing required argument 'SOURCE'/],
    [["verify", "a", "b"], /too many arguments/],
    [["download", "a", "--port", "x"], /got "x", wanted 0 to 65535/],
  ])("refuses %j", (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});
