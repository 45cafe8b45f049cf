import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { differences, digestOf } from "../support/digest.ts";
import { EXIT } from "../support/exit-codes.ts";
import { TestMount } from "../support/mount.ts";
import { run as runCommand } from "../support/process.ts";
import { describeIf, missingNamespace } from "../support/requirements.ts";
import { leech } from "../support/raw-leech.ts";
import { findFreePort } from "../support/free-port.ts";
import { KIB, MIB, Scene } from "./setup.ts";

const TREE = [
  { path: ["docs", "a.bin"], lengthBytes: 100_000 },
  { path: ["docs", "b.bin"], lengthBytes: 100_000 },
];

/** Downloads, and expects to be told in one sentence that it could not be written. */
async function expectRefusal(scene: Scene, wanted: RegExp, place: readonly string[] = []): Promise<void> {
  const seed = await scene.startSeed();
  await using run = scene.download([seed], place);
  await run.expectExit(EXIT.disk, 20_000);
  expect(run.process.stderr).toMatch(/^torrential: [^\n]+\n$/);
  expect(run.process.stderr).toMatch(wanted);
  expect(run.errors).toEqual([
    expect.objectContaining({ code: expect.any(String), message: expect.stringMatching(wanted) }),
  ]);
}

describe("a folder that cannot take the data", () => {
  it("is a file", async () => {
    await using scene = Scene.make("file-as-root");
    const place = scene.folder.at("occupied");
    writeFileSync(place, "mine");
    await expectRefusal(scene, /occupied/, ["-o", place]);
    expect(readFileSync(place, "utf8")).toBe("mine");
  });

  it("has a file where the torrent has a folder", async () => {
    await using scene = Scene.make("file-as-folder", { name: "tree", files: TREE });
    mkdirSync(join(scene.saveDir, "tree"));
    writeFileSync(join(scene.saveDir, "tree", "docs"), "mine");
    await expectRefusal(scene, /docs/);
    expect(readFileSync(join(scene.saveDir, "tree", "docs"), "utf8")).toBe("mine");
  });

  it("has a folder where the torrent has a file", async () => {
    await using scene = Scene.make("folder-as-file");
    mkdirSync(join(scene.saveDir, "data.bin"));
    await expectRefusal(scene, /data\.bin/);
  });

  it("has a pipe where the torrent has a file", async () => {
    await using scene = Scene.make("pipe-as-file");
    await runCommand("mkfifo", [join(scene.saveDir, "data.bin")]);
    await expectRefusal(scene, /data\.bin/);
  });

  it("has a name longer than the system takes", async () => {
    await using scene = Scene.make("long-root");
    await expectRefusal(scene, /long/i, ["-o", scene.folder.at("x".repeat(300))]);
  });
});

describe("a link out of the folder", () => {
  it("in place of a file is not written through", async () => {
    await using scene = Scene.make("link-file");
    const outside = scene.folder.at("outside.bin");
    writeFileSync(outside, "mine");
    symlinkSync(outside, join(scene.saveDir, "data.bin"));
    await expectRefusal(scene, /data\.bin/);
    expect(readFileSync(outside, "utf8")).toBe("mine");
  });

  it("in place of a folder is not followed", async () => {
    await using scene = Scene.make("link-folder", { name: "tree", files: TREE });
    const outside = scene.folder.folder("outside");
    mkdirSync(join(scene.saveDir, "tree"));
    symlinkSync(outside, join(scene.saveDir, "tree", "docs"));
    await expectRefusal(scene, /docs/);
    expect(readdirSync(outside)).toEqual([]);
  });
});

describeIf([missingNamespace()], "a disk", () => {
  it("that is read-only: one sentence, and nothing else", async () => {
    await using scene = Scene.make("read-only");
    await using disk = await TestMount.make(scene.folder.at("disk"), MIB);
    await disk.makeReadOnly();
    await expectRefusal(scene, /read-only/i, ["-o", disk.path]);
  });

  it("that is full: what was verified is kept, and the next run goes on when there is room", async () => {
    await using scene = Scene.make("full", { files: 8 * MIB, pieceLength: 64 * KIB });
    await using disk = await TestMount.make(scene.folder.at("disk"), 3 * MIB);
    const seed = await scene.startSeed({ type: "good" }, 8 * MIB);
    const first = scene.download([seed], ["-o", disk.path]);
    await first.expectExit(EXIT.disk, 20_000);
    expect(first.process.stderr).toMatch(/full|space/i);
    const kept = first.status?.verified ?? 0;
    expect(kept).toBeGreaterThan(MIB);
    await disk.resize(16 * MIB);
    const before = seed.uploaded;
    seed.rateBytesPerSec = undefined;
    const second = scene.download([seed], ["-o", disk.path]);
    await second.expectExit(EXIT.done);
    expect(seed.uploaded - before).toBeLessThanOrEqual(scene.fixture.lengthBytes - kept);
    expect(differences(digestOf(scene.fixture, disk.path), digestOf(scene.fixture, scene.fixture.dataDir))).toEqual([]);
  });

  it("for state that is full stops nothing worse than resuming", async () => {
    await using scene = Scene.make("full-state", { files: 2 * MIB });
    await using disk = await TestMount.make(scene.folder.at("state-disk"), 4 * KIB);
    const seed = await scene.startSeed();
    await using run = scene.download([seed], ["--state", join(disk.path, "state")]);
    const status = await run.waitForExit(20_000);
    // Either is honest: the data is whole, or one sentence says why it is not.
    if (status.code !== EXIT.done) expect(run.process.stderr).toMatch(/^torrential: [^\n]+\n$/);
    else
      expect(
        differences(digestOf(scene.fixture, scene.saveDir), digestOf(scene.fixture, scene.fixture.dataDir)),
      ).toEqual([]);
  });
});

describe("data that changes while it is seeded", () => {
  it("is never served with a wrong hash", async () => {
    await using scene = Scene.make("rot", { files: 4 * MIB, pieceLength: 64 * KIB });
    const port = await findFreePort("127.0.0.1");
    const path = join(scene.fixture.dataDir, "data.bin");
    const bytes = readFileSync(path);
    const place = ["-o", scene.fixture.dataDir, "--state", scene.stateDir, "--bind", "127.0.0.1", "--no-trackers"];
    const args = ["seed", scene.fixture.torrentFile, ...place, "--port", String(port)];
    await using first = scene.start(args);
    await first.waitForStatus((it) => it.state === "seeding", "seeding");
    await first.stop();
    bytes[2_000_000] = (bytes[2_000_000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await using second = scene.start(args);
    // It refuses to seed what is no longer whole; if it did not, it could still not hand over the bad piece.
    await Promise.race([second.waitForStatus((it) => it.state !== "checking", "an answer"), second.waitForExit()]);
    if (second.process.status === undefined && second.status?.state === "seeding") {
      const got = await leech(scene.fixture, { address: "127.0.0.1", port }, { patienceMs: 3000 });
      expect(got.failedPieces).toBe(0);
    }
    await second.expectExit(EXIT.incomplete);
  });

  it("under its hands is not served with a wrong hash either", async () => {
    await using scene = Scene.make("rot-live", { files: 4 * MIB, pieceLength: 64 * KIB });
    const port = await findFreePort("127.0.0.1");
    const path = join(scene.fixture.dataDir, "data.bin");
    const bytes = readFileSync(path);
    const place = ["-o", scene.fixture.dataDir, "--state", scene.stateDir, "--bind", "127.0.0.1", "--no-trackers"];
    await using run = scene.start(["seed", scene.fixture.torrentFile, ...place, "--port", String(port)]);
    await run.waitForStatus((it) => it.state === "seeding", "seeding");
    bytes[2_000_000] = (bytes[2_000_000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const got = await leech(scene.fixture, { address: "127.0.0.1", port }, { patienceMs: 3000 });
    expect(got.failedPieces).toBe(0);
  });
});
