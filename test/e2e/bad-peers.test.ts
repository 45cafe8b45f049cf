import { describe, expect, it } from "vitest";
import { differences, digestOf } from "../support/digest.ts";
import { EXIT } from "../support/exit-codes.ts";
import { findFreePort } from "../support/free-port.ts";
import { leech } from "../support/raw-leech.ts";
import type { Behaviour } from "../support/raw-peer.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, MIB, Scene } from "./setup.ts";

/** Mischief that one good seed has to make up for. */
const MISCHIEF: readonly (readonly [string, Behaviour])[] = [
  ["sends garbage", { type: "garbage" }],
  ["sends garbage in two pieces", { type: "garbage", pieces: [3, 11] }],
  ["flips a bit in each fourth block", { type: "flipped-bit" }],
  ["is right about first blocks only", { type: "garbage-after-first" }],
  ["sends what nobody asked for", { type: "surplus" }],
  ["rejects whatever it is asked", { type: "liar" }],
  ["says HAVE without end", { type: "have-spam" }],
  ["chokes after every second block", { type: "choke-flapping" }],
  ["never answers", { type: "mute" }],
  ["says nothing at all", { type: "silent" }],
  ["hangs up after twenty blocks", { type: "disconnect", afterBlocks: 20 }],
  ["answers with other blocks", { type: "wrong-offset" }],
  ["announces a frame of four gigabytes", { type: "huge-frame" }],
  ["has a bitfield with spare bits", { type: "bad-bitfield" }],
  ["greets for another torrent", { type: "wrong-info-hash" }],
];

describe("a download", () => {
  it.concurrent.each(MISCHIEF)("is finished by a good seed beside a peer that %s", async (_, behaviour) => {
    await using scene = Scene.make("mischief", { files: 2 * MIB + 77, pieceLength: 64 * KIB });
    const bad = await scene.startSeed(behaviour);
    const good = await scene.startSeed({ type: "good" }, 4 * MIB);
    await using run = scene.download([bad, good]);
    await run.expectExit(EXIT.done, 50_000);
    expect(differences(digestOf(scene.fixture, scene.saveDir), digestOf(scene.fixture, scene.fixture.dataDir))).toEqual(
      [],
    );
  });

  // All share the address 127.0.0.1. Few large pieces, fewer than peers: several have a part in the first false ones.
  it.each([
    { pieceLength: 64 * KIB, files: 16 * MIB },
    { pieceLength: MIB, files: 14 * MIB },
  ])("is finished by one good seed among all of them, pieces of $pieceLength bytes", async ({ pieceLength, files }) => {
    await using scene = Scene.make("everybody", { files, pieceLength });
    const good = await scene.startSeed({ type: "good" }, 4 * MIB);
    const bad = await Promise.all(MISCHIEF.map(([, behaviour]) => scene.startSeed(behaviour, 2 * MIB)));
    await using run = scene.download([...bad, good]);
    await run.expectExit(EXIT.done, 50_000);
    expect(differences(digestOf(scene.fixture, scene.saveDir), digestOf(scene.fixture, scene.fixture.dataDir))).toEqual(
      [],
    );
    const events = run.events.map(({ line }): Record<string, unknown> => JSON.parse(line));
    const against = (type: string): unknown[] =>
      events.filter(({ event, peer }) => event === type && peer === good.hostPort).map(({ reason }) => reason);
    expect(good.accepted, "the good seed is connected once, to the end").toBe(1);
    expect(
      [...against("peer-banned"), ...against("peer-disconnected")].filter((it) => it !== "no-use" && it !== "stopped"),
    ).toEqual([]);
    // Each liar answers alone for two false pieces at most.
    const alone = events.flatMap((it) => (it["event"] === "piece-failed" ? [it["peers"] as readonly string[]] : []));
    for (const { hostPort } of bad)
      expect(alone.filter((peers) => peers.length === 1 && peers[0] === hostPort).length).toBeLessThanOrEqual(2);
    // What it takes alone is all it has to send, and a quarter more at most.
    expect(good.uploaded).toBeLessThanOrEqual(1.25 * files);
  });

  it("is finished although a dozen peers hang up while they are being asked", async () => {
    await using scene = Scene.make("hang-up", { files: 4 * MIB, pieceLength: 64 * KIB });
    const good = await scene.startSeed({ type: "good" }, 2 * MIB);
    const rude = Array.from({ length: 12 }, (_, index) =>
      scene.startSeed({ type: "disconnect", afterBlocks: 3 * index }, MIB),
    );
    await using run = scene.download([good, ...(await Promise.all(rude))]);
    await run.expectExit(EXIT.done, 30_000);
  });

  it("takes nothing from a peer that has only garbage, tells it so, and does not come back at once", async () => {
    await using scene = Scene.make("garbage", { files: 4 * MIB, pieceLength: 64 * KIB });
    const bad = await scene.startSeed({ type: "garbage" }, MIB);
    await using run = scene.download([bad]);
    await waitFor(() => bad.accepted >= 1 && bad.open === 0, {
      what: () => `the garbage peer to be disconnected; ${run.describe()}`,
    });
    expect(run.status?.verified ?? 0).toBe(0);
    // A ban with the first false piece or two failures: a third connection within seconds would be one too many.
    const { length } = run.events;
    await waitFor(() => run.events.length > length + 2, { what: "two more statuses" });
    expect(bad.accepted).toBeLessThanOrEqual(2);
    // A bad piece or two, and what was on its way meanwhile.
    expect(bad.uploaded).toBeLessThan(512 * KIB);
    run.process.signal("SIGINT");
    await run.expectExit(EXIT.interrupted, 10_000);
  });

  it("waits for a peer that is not there, and ends when it is told to", async () => {
    await using scene = Scene.make("alone");
    await using run = scene.download([], ["--peer", "127.0.0.1:9"]);
    await run.waitForStatus((it) => it.state === "downloading", "downloading");
    run.process.signal("SIGTERM");
    const status = await run.waitForExit(10_000);
    expect(status.signal).toBeUndefined();
    expect(status.code).not.toBe(EXIT.done);
  });
});

describe("a seed", () => {
  it("outlives leechers that hang up in the middle of what they asked for", async () => {
    await using scene = Scene.make("rude", { files: 8 * MIB, pieceLength: 2 * MIB });
    const port = await findFreePort("127.0.0.1");
    const place = ["-o", scene.fixture.dataDir, "--state", scene.stateDir, "--bind", "127.0.0.1", "--no-trackers"];
    await using run = scene.start(["seed", scene.fixture.torrentFile, ...place, "--port", String(port)]);
    await run.waitForStatus((it) => it.state === "seeding", "seeding");
    for (let turn = 0; turn < 10; turn++) {
      const rude = [100_000, 200_000, 400_000, 800_000].map((leaveAfterBytes) =>
        leech(scene.fixture, { address: "127.0.0.1", port }, { leaveAfterBytes, patienceMs: 5000 }),
      );
      await Promise.allSettled(rude);
    }
    expect(await leech(scene.fixture, { address: "127.0.0.1", port })).toMatchObject({
      passedPieces: 4,
      failedPieces: 0,
    });
    expect(run.process.status).toBeUndefined();
    run.process.signal("SIGTERM");
    await run.expectExit(EXIT.done, 10_000);
  });
});
