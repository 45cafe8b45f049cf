import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../support/exit-codes.ts";
import { TestProcess, run } from "../support/process.ts";
import { runTorrential, torrentialCommand } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, MIB, Scene } from "./setup.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const VERBS = ["download", "seed", "verify", "info", "create", "dht", "version"];

describe("the command", () => {
  it("shows every verb and every exit code in its help", async () => {
    const { code, stdout, stderr } = await runTorrential(["--help"]);
    expect({ code, stderr }).toEqual({ code: EXIT.done, stderr: "" });
    for (const verb of VERBS) expect(stdout).toMatch(new RegExp(`^ +${verb} `, "m"));
    for (const exitCode of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`^ +${exitCode}  `, "m"));
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it.concurrent.each(VERBS)("has help for %s", async (verb) => {
    const ended = await runTorrential([verb, "--help"]);
    expect(ended).toMatchObject({ code: EXIT.done, stderr: "" });
    expect(ended.stdout).toMatch(new RegExp(`^Usage: torrential ${verb}`));
  });

  it("says its version, which is that of the package", async () => {
    const { version }: { version: string } = JSON.parse(
      readFileSync(join(ROOT, "packages", "torrential", "package.json"), "utf8"),
    );
    const ended = await runTorrential(["version"]);
    expect(ended).toMatchObject({ code: EXIT.done, stdout: expect.stringContaining(version) });
  });

  it("shows its help, as an error, when it is told nothing", async () => {
    const ended = await runTorrential([]);
    expect(ended).toMatchObject({ code: EXIT.usage, stdout: "" });
    expect(ended.stderr).toContain("download");
  });

  it("runs in a clone by npx, whatever Node is first on PATH", async () => {
    const ended = await run("npx", ["--no-install", "torrential", "version"], { cwd: ROOT });
    expect(ended).toMatchObject({ code: EXIT.done, stdout: expect.stringContaining("torrential") });
  });

  it("ends quietly with 141 when whoever read its output has left", async () => {
    await using scene = Scene.make("pipe", { files: 4 * MIB });
    const seed = await scene.startSeed({ type: "good" }, 256 * KIB);
    const [file, ...first] = torrentialCommand();
    const words = [
      file,
      ...first,
      "download",
      scene.fixture.torrentFile,
      ...scene.placeOptions,
      "--peer",
      seed.hostPort,
      "--json",
    ];
    const quoted = words.map((word) => `'${word}'`).join(" ");
    await using shell = new TestProcess("sh", ["-c", `{ ${quoted}; echo "code $?" >&2; } | head -n 1`]);
    await shell.waitForExit(20_000);
    expect(shell.stderr.trim()).toBe("code 141");
  });
});

describe("two at a time", () => {
  it("do not share a state folder: the second says who has it", async () => {
    await using scene = Scene.make("lock", { files: 4 * MIB });
    const seed = await scene.startSeed({ type: "good" }, 256 * KIB);
    await using first = scene.download([seed]);
    await first.waitForStatus((it) => it.state === "downloading", "downloading");
    const second = scene.download([seed]);
    await second.expectExit(EXIT.configuration, 10_000);
    expect(second.process.stderr).toMatch(new RegExp(`^torrential: [^\\n]*${first.process.pid}[^\\n]*\\n$`));
    expect(first.process.status).toBeUndefined();
  });

  it("take over the state folder of one that was killed", async () => {
    await using scene = Scene.make("stale", { files: 4 * MIB });
    const seed = await scene.startSeed({ type: "good" }, MIB);
    const first = scene.download([seed]);
    await first.waitForStatus((it) => it.state === "downloading", "downloading");
    await first.process.kill();
    seed.rateBytesPerSec = undefined;
    await scene.download([seed]).expectExit(EXIT.done, 20_000);
  });
});

describe("several sources", () => {
  it("are downloaded in one run, and a bad one among them does not stop the others", async () => {
    await using one = Scene.make("several-one");
    await using two = Scene.make("several-two", { name: "other.bin", files: 2 * MIB });
    const seeds = [await one.startSeed(), await two.startSeed()];
    const peers = seeds.flatMap((seed) => ["--peer", seed.hostPort]);
    const sources = [one.fixture.torrentFile, one.folder.at("missing.torrent"), two.fixture.torrentFile];
    await using run = one.start(["download", ...sources, ...one.placeOptions, ...peers]);
    await run.expectExit(EXIT.badSource, 30_000);
    const finished = run.statuses.filter((it) => it.state === "finished").map((it) => it.length);
    expect(new Set(finished)).toEqual(new Set([one.fixture.lengthBytes, two.fixture.lengthBytes]));
    await waitFor(() => seeds.every((seed) => seed.open === 0), { what: "all connections to be closed" });
  });
});
