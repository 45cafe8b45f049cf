import { describe, expect, it } from "vitest";
import { bencode } from "../support/bencode.ts";
import { EXIT } from "../support/exit-codes.ts";
import { type Fixture, makeVariant } from "../support/fixtures.ts";
import { RawSeed } from "../support/raw-peer.ts";
import { TestTracker, type TrackerMood, countEvents } from "../support/tracker.ts";
import { waitFor } from "../support/wait-for.ts";
import { writeFileSync } from "node:fs";
import { Scene } from "./setup.ts";

/** Options without `--no-trackers`. */
function announcing(scene: Scene): string[] {
  return scene.placeOptions.filter((it) => it !== "--no-trackers");
}

/** The scene's torrent with a tracker. */
function tracked(scene: Scene, announce: string): Fixture {
  return makeVariant(scene.folder.folder("tracked"), scene.fixture, { source: "tracked", announce });
}

const CLOSED = "http://127.0.0.1:9/announce";

describe("a tracker", () => {
  it("finds the seed, and hears started, completed and stopped once each", async () => {
    await using scene = Scene.make("tracker");
    await using tracker = await TestTracker.start("127.0.0.1");
    const torrent = tracked(scene, tracker.url);
    await using seed = await RawSeed.start(torrent);
    tracker.addPeer(torrent.infoHash, seed.endpoint);
    await using run = scene.start(["download", torrent.torrentFile, ...announcing(scene)]);
    await run.expectExit(EXIT.done);
    const announces = tracker.announcesOf(torrent.infoHash);
    expect(countEvents(announces)).toEqual({ started: 1, completed: 1, stopped: 1 });
    expect(announces[0]).toMatchObject({ event: "started", left: torrent.lengthBytes, uploaded: 0, downloaded: 0 });
    expect(announces[0]?.peerId).toMatch(/^-TO\d{4}-/);
    expect(announces[0]?.port).toBeGreaterThan(0);
    expect(announces.at(-1)).toMatchObject({ event: "stopped", left: 0, downloaded: torrent.lengthBytes });
    expect(new Set(announces.map((it) => it.peerId)).size).toBe(1);
    expect(announces[0]?.parameters.get("compact")).toBe("1");
  });

  it("hears no completed from a run that began complete", async () => {
    await using scene = Scene.make("tracker-seed");
    await using tracker = await TestTracker.start("127.0.0.1");
    const torrent = tracked(scene, tracker.url);
    const place = ["-o", scene.fixture.dataDir, "--state", scene.stateDir, "--bind", "127.0.0.1", "--port", "0"];
    await using run = scene.start(["seed", torrent.torrentFile, ...place]);
    await waitFor(() => tracker.announces.length > 0, { what: "an announce" });
    await run.stop();
    expect(countEvents(tracker.announces)).toEqual({ started: 1, completed: 0, stopped: 1 });
    expect(tracker.announces[0]?.left).toBe(0);
  });

  const moods: readonly (readonly [string, TrackerMood])[] = [
    ["refuses", { type: "fail", reason: "not registered" }],
    ["never answers", { type: "hang" }],
    ["hangs up", { type: "hang-up" }],
    ["answers with a web page", { type: "body", body: "<html>moved</html>" }],
    ["answers with no peers", { type: "body", body: "d8:intervali1800e5:peers0:e" }],
    ["answers with an interval that is no number", { type: "body", body: "d8:interval3:abce" }],
  ];
  it.concurrent.each(moods)("that %s does not stop a download from a peer that is known", async (_, mood) => {
    await using scene = Scene.make("tracker-bad");
    await using tracker = await TestTracker.start("127.0.0.1");
    tracker.mood = mood;
    const torrent = tracked(scene, tracker.url);
    await using seed = await RawSeed.start(torrent);
    await using run = scene.start(["download", torrent.torrentFile, ...announcing(scene), "--peer", seed.hostPort]);
    // Five seconds at the end for a tracker that never answers, and no more.
    await run.expectExit(EXIT.done, 12_000);
  });

  it("that cannot be reached is passed over for the next tier", async () => {
    await using scene = Scene.make("tracker-tier");
    await using tracker = await TestTracker.start("127.0.0.1");
    const torrent = tracked(scene, CLOSED);
    const info = torrent.torrentBytes.subarray(torrent.torrentBytes.indexOf("4:info") + 6, -1);
    const head = bencode({ announce: CLOSED, "announce-list": [[CLOSED], [tracker.url]] }).subarray(0, -1);
    writeFileSync(torrent.torrentFile, Buffer.concat([head, Buffer.from("4:info"), info, Buffer.from("e")]));
    await using seed = await RawSeed.start(torrent);
    tracker.addPeer(torrent.infoHash, seed.endpoint);
    await using run = scene.start(["download", torrent.torrentFile, ...announcing(scene)]);
    await run.expectExit(EXIT.done, 30_000);
    expect(countEvents(tracker.announces).completed).toBe(1);
  });

  it("that cannot be reached, and is all there is, is asked again and again, and Ctrl-C ends it", async () => {
    await using scene = Scene.make("tracker-gone");
    await using run = scene.start(["download", tracked(scene, CLOSED).torrentFile, ...announcing(scene)]);
    await run.waitForStatus((it) => it.state === "downloading", "downloading");
    const { length } = run.events;
    await waitFor(() => run.events.length > length + 2, { what: "more statuses" });
    run.process.signal("SIGINT");
    await run.expectExit(EXIT.interrupted, 8000);
  });

  it("is left alone with --no-trackers", async () => {
    await using scene = Scene.make("tracker-none");
    await using tracker = await TestTracker.start("127.0.0.1");
    const torrent = tracked(scene, tracker.url);
    await using seed = await RawSeed.start(torrent);
    await using run = scene.start(["download", torrent.torrentFile, ...scene.placeOptions, "--peer", seed.hostPort]);
    await run.expectExit(EXIT.done);
    expect(tracker.announces).toEqual([]);
  });
});
