import { copyFileSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { differences, digestOf } from "../support/digest.ts";
import { EXIT } from "../support/exit-codes.ts";
import { makeVariant } from "../support/fixtures.ts";
import { findFreePort } from "../support/free-port.ts";
import type { RawSeed } from "../support/raw-peer.ts";
import { RawWatcher } from "../support/raw-watcher.ts";
import { TorrentialRun } from "../support/torrential.ts";
import { TestTracker } from "../support/tracker.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, MIB, Scene } from "./setup.ts";

/** Downloads about half from a slow seed and presses Ctrl-C. */
async function interruptHalfway(scene: Scene, seed: RawSeed, extra: readonly string[] = []): Promise<TorrentialRun> {
  const run = scene.download([seed], extra);
  await run.waitForStatus((it) => it.verified > scene.fixture.lengthBytes / 2, "half of it");
  run.process.signal("SIGINT");
  await run.expectExit(EXIT.interrupted, 10_000);
  return run;
}

async function expectWholeCopy(scene: Scene): Promise<void> {
  expect(differences(digestOf(scene.fixture, scene.saveDir), digestOf(scene.fixture, scene.fixture.dataDir))).toEqual(
    [],
  );
}

describe("a second run", () => {
  it("goes on after Ctrl-C without fetching any verified piece again", async () => {
    await using scene = Scene.make("resume", { files: 4 * MIB + 5, pieceLength: 64 * KIB });
    const seed = await scene.startSeed({ type: "good" }, 2 * MIB);
    const endpoint = { address: "127.0.0.1", port: await findFreePort("127.0.0.1") };
    const [first, watcher] = await Promise.all([
      interruptHalfway(scene, seed, ["--port", String(endpoint.port)]),
      RawWatcher.connect(scene.fixture, endpoint),
    ]);
    expect(first.status?.state).toBe("stopped");
    const had = watcher.pieces;
    expect(had.size).toBeGreaterThan(20);
    const asked = seed.requests.length;
    seed.rateBytesPerSec = undefined;
    await using second = scene.download([seed]);
    await second.expectExit(EXIT.done);
    const again = seed.requests.slice(asked).filter((it) => had.has(it.piece));
    expect(again).toEqual([]);
    expect(second.statuses[0]?.verified).toBeGreaterThan(scene.fixture.lengthBytes / 2);
    await expectWholeCopy(scene);
  });

  it("keeps the blocks of unfinished pieces over a clean stop", async () => {
    await using scene = Scene.make("partial", { files: 4 * MIB, pieceLength: 4 * MIB });
    const seed = await scene.startSeed({ type: "good" }, MIB);
    await using first = scene.download([seed]);
    await waitFor(() => seed.uploaded > 2 * MIB, { what: "half of the only piece" });
    first.process.signal("SIGINT");
    await first.waitForExit(10_000);
    const before = seed.uploaded;
    seed.rateBytesPerSec = undefined;
    await using second = scene.download([seed]);
    await second.expectExit(EXIT.done);
    expect(seed.uploaded - before).toBeLessThan(3 * MIB);
    await expectWholeCopy(scene);
  });

  it("ends at once when everything is there, and asks nobody", async () => {
    await using scene = Scene.make("again");
    const seed = await scene.startSeed();
    await scene.download([seed]).expectExit(EXIT.done);
    const asked = seed.requests.length;
    const second = scene.download([seed]);
    await second.expectExit(EXIT.done, 10_000);
    expect(second.status).toMatchObject({ state: "finished", verified: scene.fixture.lengthBytes });
    expect(seed.requests.length).toBe(asked);
  });

  it("takes over data that another program left, without any state of ours", async () => {
    await using scene = Scene.make("adopt", { files: 2 * MIB, pieceLength: 64 * KIB });
    const whole = readFileSync(join(scene.fixture.dataDir, "data.bin"));
    writeFileSync(join(scene.saveDir, "data.bin"), Buffer.concat([whole.subarray(0, MIB), Buffer.alloc(MIB)]));
    const seed = await scene.startSeed();
    await using run = scene.download([seed]);
    await run.expectExit(EXIT.done);
    expect(Math.min(...seed.requests.map((it) => it.piece))).toBe(16);
    await expectWholeCopy(scene);
  });

  it.each(["SIGINT", "SIGKILL"] as const)("takes over data that was brought after %s", async (signal) => {
    await using scene = Scene.make("brought", { files: 4 * MIB, pieceLength: 64 * KIB });
    const seed = await scene.startSeed({ type: "good" }, MIB);
    const first = scene.download([seed]);
    await first.waitForStatus((it) => it.verified > MIB / 2, "some of it");
    first.process.signal(signal);
    await first.waitForExit(10_000);
    copyFileSync(join(scene.fixture.dataDir, "data.bin"), join(scene.saveDir, "data.bin"));
    await using second = scene.download([]);
    await second.expectExit(EXIT.done);
    await expectWholeCopy(scene);
  });

  it("fetches again what was changed behind its back", async () => {
    await using scene = Scene.make("changed", { files: 2 * MIB, pieceLength: 64 * KIB });
    const seed = await scene.startSeed();
    await scene.download([seed]).expectExit(EXIT.done);
    const path = join(scene.saveDir, "data.bin");
    const bytes = readFileSync(path);
    bytes[700_000] = (bytes[700_000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const second = scene.download([seed]);
    await second.expectExit(EXIT.done);
    await expectWholeCopy(scene);
  });
});

describe("runs at the same time", () => {
  it("each have a state of their own, unless one is named", async () => {
    await using scene = Scene.make("at-once");
    const seed = await scene.startSeed();
    const env = { ...process.env, XDG_STATE_HOME: scene.folder.folder("xdg") };
    const at = scene.placeOptions.indexOf("--state");
    const unnamed = scene.placeOptions.toSpliced(at, 2);
    const words = ["download", scene.fixture.torrentFile, "--peer", seed.hostPort];
    await using first = new TorrentialRun([...words, ...unnamed, "--seed"], { env });
    await first.waitForStatus((it) => it.state === "seeding", "the first run seeds");
    const elsewhere = unnamed.with(unnamed.indexOf("-o") + 1, scene.folder.folder("elsewhere"));
    await using second = new TorrentialRun([...words, ...elsewhere], { env });
    await second.expectExit(EXIT.done);
    const named = ["--state", join(env.XDG_STATE_HOME, "torrential", "transfers", "1")];
    await using third = new TorrentialRun([...words, ...elsewhere, ...named], { env });
    await third.expectExit(EXIT.configuration);
  });
});

describe("Ctrl-C", () => {
  it("stops cleanly: says stopped, closes its connections, and ends with 130", async () => {
    await using scene = Scene.make("interrupt", { files: 4 * MIB });
    const seed = await scene.startSeed({ type: "good" }, 2 * MIB);
    const run = await interruptHalfway(scene, seed);
    expect(run.statuses.at(-1)?.state).toBe("stopped");
    await waitFor(() => seed.open === 0, { what: "the connection to be closed", deadlineMs: 2000 });
  });

  it("leaves at once when it is pressed twice", async () => {
    await using scene = Scene.make("twice");
    // A tracker that never answers our goodbye is what a clean stop would wait for.
    await using tracker = await TestTracker.start("127.0.0.1");
    const torrent = makeVariant(scene.folder.folder("tracked"), scene.fixture, {
      source: "twice",
      announce: tracker.url,
    });
    const place = scene.placeOptions.filter((it) => it !== "--no-trackers");
    await using run = scene.start(["download", torrent.torrentFile, ...place]);
    await waitFor(() => run.events.some((it) => it.line.includes('"tracker"')), {
      what: () => `an answer of the tracker; ${run.describe()}`,
    });
    tracker.mood = { type: "hang" };
    run.process.signal("SIGINT");
    await waitFor(() => tracker.announces.some((it) => it.event === "stopped"), { what: "our goodbye" });
    run.process.signal("SIGINT");
    await run.expectExit(EXIT.interrupted, 2000);
  });
});

describe("seed", () => {
  it("trusts resume data and does not read what it has verified before", async () => {
    await using scene = Scene.make("trust", { files: 2 * MIB });
    const seed = await scene.startSeed();
    await scene.download([seed]).expectExit(EXIT.done);
    // A change that nothing on the outside shows: only reading it all would find it.
    const path = join(scene.saveDir, "data.bin");
    const { atime, mtime } = statSync(path);
    const bytes = readFileSync(path);
    bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    utimesSync(path, atime, mtime);
    await using run = scene.start(["seed", scene.fixture.torrentFile, ...scene.placeOptions]);
    const status = await run.waitForStatus((it) => it.state === "seeding", "seeding");
    expect(status.verified).toBe(scene.fixture.lengthBytes);
    expect((await run.stop()).code).toBe(EXIT.done);
  });

  it("verifies data that it has never seen", async () => {
    await using scene = Scene.make("verify-first", { files: 2 * MIB });
    await using run = scene.start(["seed", scene.fixture.torrentFile, ...scene.dataPlaceOptions]);
    await run.waitForStatus((it) => it.state === "seeding", "seeding");
    expect(run.statuses.map((it) => it.state)).toContain("checking");
  });
});
