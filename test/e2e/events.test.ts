import { describe, expect, it } from "vitest";
import { differences, digestOf } from "../support/digest.ts";
import { EXIT } from "../support/exit-codes.ts";
import { runTorrential } from "../support/torrential.ts";
import { KIB, MIB, Scene } from "./setup.ts";

const STATES = ["checking", "downloading", "finished", "seeding", "stopped", "error"];
const COUNTS = ["length", "verified", "downRate", "upRate", "uploaded", "peers"];

/** What is missing or wrong in a status. */
function faultsOf(status: Readonly<Record<string, unknown>>): string[] {
  const isCount = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0;
  const counts = COUNTS.filter((key) => !isCount(status[key])).map((key) => `${key}: ${String(status[key])}`);
  return STATES.includes(String(status["state"])) ? counts : [...counts, `state: ${String(status["state"])}`];
}

describe("download --json", () => {
  it("prints one JSON object a line, with the promised fields in every status", async () => {
    await using scene = Scene.make("events");
    await using run = scene.download([await scene.startSeed()]);
    await run.expectExit(EXIT.done);
    for (const { line } of run.events) {
      const event: Record<string, unknown> = JSON.parse(line);
      expect(event["event"]).toBeTypeOf("string");
      if (event["event"] === "status") expect(faultsOf(event)).toEqual([]);
    }
    expect(run.statuses.at(-1)).toMatchObject({
      state: "finished",
      verified: scene.fixture.lengthBytes,
      length: scene.fixture.lengthBytes,
    });
    expect(run.process.stderr).toBe("");
  });

  it("says each change of state, and something at least once a second", async () => {
    await using scene = Scene.make("cadence", { files: 3 * MIB });
    const seed = await scene.startSeed({ type: "good" }, 800 * KIB);
    await using run = scene.download([seed]);
    await run.waitForExit();
    const statuses = run.events.filter((it) => it.event.event === "status");
    const gapsMs = statuses.slice(1).map((it, index) => it.atMs - (statuses[index]?.atMs ?? 0));
    // Half a second of grace: the machine that runs the test is busy too.
    expect(Math.max(...gapsMs)).toBeLessThan(1500);
    const states = run.statuses.map((it) => it.state);
    expect(states.filter((state, index) => state !== states[index - 1]).slice(-2)).toEqual(["downloading", "finished"]);
    expect(run.statuses.some((it) => it.peers === 1 && it.downRate > 0)).toBe(true);
  });

  it("never says that more is verified than what is on disk when it has ended", async () => {
    await using scene = Scene.make("whole", { files: 5 * MIB + 7 });
    await using run = scene.download([await scene.startSeed()]);
    await run.expectExit(EXIT.done);
    expect(differences(digestOf(scene.fixture, scene.saveDir), digestOf(scene.fixture, scene.fixture.dataDir))).toEqual(
      [],
    );
    const verified = run.statuses.map((it) => it.verified);
    expect(verified).toEqual(verified.toSorted((a, b) => a - b));
  });
});

describe("download into a pipe", () => {
  it("prints plain lines without terminal sequences", async () => {
    await using scene = Scene.make("plain");
    const seed = await scene.startSeed();
    const ended = await runTorrential([
      "download",
      scene.fixture.torrentFile,
      ...scene.placeOptions,
      "--peer",
      seed.hostPort,
    ]);
    expect(ended).toMatchObject({ code: EXIT.done, stderr: "" });
    expect(ended.stdout).toContain("data.bin");
    expect(ended.stdout).toMatch(/^[^\p{Cc}]*(\n[^\p{Cc}]*)*$/u);
    expect(ended.stdout.endsWith("\n")).toBe(true);
  });

  it("says nothing on stdout with --quiet", async () => {
    await using scene = Scene.make("quiet");
    const seed = await scene.startSeed();
    const ended = await runTorrential([
      "download",
      scene.fixture.torrentFile,
      ...scene.placeOptions,
      "--peer",
      seed.hostPort,
      "--quiet",
    ]);
    expect(ended).toMatchObject({ code: EXIT.done, stdout: "", stderr: "" });
  });
});
