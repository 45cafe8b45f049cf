import { describe, expect, it } from "vitest";
import { differences, digestOf } from "../support/digest.ts";
import { EXIT } from "../support/exit-codes.ts";
import type { Behaviour } from "../support/raw-peer.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, MIB, Scene } from "./setup.ts";

/** Mischief that one good seed has to make up for. */
const MISCHIEF: readonly (readonly [string, Behaviour])[] = [
  ["sends garbage", { type: "garbage" }],
  ["sends garbage in two pieces", { type: "garbage", pieces: [3, 11] }],
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

  it("takes nothing from a peer that has only garbage, tells it so, and does not come back at once", async () => {
    await using scene = Scene.make("garbage", { files: 4 * MIB, pieceLength: 64 * KIB });
    const bad = await scene.startSeed({ type: "garbage" });
    await using run = scene.download([bad]);
    await waitFor(() => bad.accepted >= 1 && bad.open === 0, {
      what: () => `the garbage peer to be disconnected; ${run.describe()}`,
    });
    expect(run.status?.verified ?? 0).toBe(0);
    // A ban after two strikes: a third connection within seconds would be one too many.
    const { length } = run.events;
    await waitFor(() => run.events.length > length + 2, { what: "two more statuses" });
    expect(bad.accepted).toBeLessThanOrEqual(2);
    expect(bad.uploaded).toBeLessThan(scene.fixture.lengthBytes);
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
