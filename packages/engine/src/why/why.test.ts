import { encodeMessage } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { KIB, MIB, type TestTorrentOptions } from "../test-support/context.ts";
import { World } from "../test-support/world.ts";
import type { TorrentWhy } from "./report.ts";

describe("why a torrent is no faster", () => {
  it("is that it is stopped, then that nobody is connected", () => {
    const world = new World();
    world.add({ start: false } as object);
    expect(why(world).down.now).toBe("stopped");
    world.tell("start");
    world.advance(5_000);
    expect(why(world).down).toMatchObject({ now: "no-peers", recent: [{ reason: "no-peers" }] });
    expect(why(world).up.now).toBe("nothing-here");
  });

  it("is that nobody has what is missing", () => {
    const world = started();
    world.connect([{ type: "have-none" }]);
    world.advance(2_000);
    expect(why(world).down.now).toBe("not-had");
    expect(why(world).peers).toMatchObject([{ down: { now: "not-had" }, up: { now: "not-interested" } }]);
  });

  it("is that all choke us", () => {
    const world = started();
    world.connect([{ type: "have-all" }]);
    world.advance(2_000);
    expect(why(world).down.now).toBe("choked");
  });

  it.each([
    ["of the whole client", undefined, "global"],
    ["of the torrent", "torrent", "torrent"],
  ])("is a limit %s", (_, which, level) => {
    const world = started();
    const infoHash = which === undefined ? undefined : world.infoHash;
    world.command({ type: "set-limits", infoHash, limits: { down: 2 * KIB } });
    world.connectSeed();
    world.advance(30_000);
    const { down } = why(world);
    expect(down.recent[0]).toMatchObject({ reason: "ticket", level });
    expect(down.recent[0]?.share).toBeGreaterThan(0.9);
    expect(down.recent[0]?.text).toContain("download limit of");
  });

  it("is a peer that does not answer", () => {
    const world = started();
    const peer = world.connect([{ type: "have-all" }]);
    world.say(peer, encodeMessage({ type: "unchoke" }));
    world.advance(60_000);
    const { down } = why(world);
    expect(down.now).toBe("snubbed");
    expect(down.recent.map(({ reason }) => reason)).toContain("snubbed");
  });

  it("is a window that has not grown to what the peer gives", () => {
    const world = started({ files: [{ lengthBytes: 64 * 32 * KIB }] });
    const peer = world.connect([{ type: "have-all" }]);
    world.say(peer, encodeMessage({ type: "unchoke" }));
    world.advance(2_000);
    const { down, peers } = why(world);
    expect(down.now).toBe("window");
    expect(peers).toMatchObject([{ down: { now: "window", recent: [{ reason: "window" }] } }]);
  });

  it("is memory that is full, while the disk takes nothing", () => {
    const world = started({ pieceLength: 4 * MIB, files: [{ lengthBytes: 32 * MIB }] });
    world.held.add("commit");
    world.connectSeed();
    world.advance(5_000);
    const { down } = why(world);
    expect(down).toMatchObject({ now: "no-room" });
    expect(down.recent[0]).toMatchObject({ reason: "no-room" });
    expect(world.status?.refusals["no-room"]).toBeGreaterThan(0);
    world.release();
    world.advance(5_000);
    expect(why(world).down.now).toBe("complete");
  });

  it("is a disk that has not read yet what a peer asked for", () => {
    const world = started();
    world.connectSeed();
    world.advance(2_000);
    world.held.add("read");
    const leech = world.connect([{ type: "have-none" }]);
    world.say(leech, encodeMessage({ type: "interested" }));
    world.say(leech, encodeMessage({ type: "request", piece: 0, begin: 0, length: 16 * KIB }));
    world.advance(2_000);
    expect(why(world).up).toMatchObject({ now: "disk-read" });
  });

  it("is nothing when everything is here; then nobody wants anything, or slots are taken", () => {
    const world = started();
    world.connectSeed();
    world.advance(2_000);
    expect(why(world).down.now).toBe("complete");
    const leech = world.connect([{ type: "have-none" }]);
    world.advance(2_000);
    expect(why(world).up.now).toBe("not-interested");
    world.say(leech, encodeMessage({ type: "interested" }));
    world.advance(2_000);
    expect(why(world).up.now).toBe("not-asked");
  });

  it("is a limit on uploads", () => {
    const world = started();
    world.connectSeed();
    world.advance(2_000);
    world.command({ type: "set-limits", infoHash: undefined, limits: { up: KIB } });
    const leech = world.connect([{ type: "have-none" }]);
    world.say(leech, encodeMessage({ type: "interested" }));
    for (let begin = 0; begin < 32 * KIB; begin += 16 * KIB)
      world.say(leech, encodeMessage({ type: "request", piece: 0, begin, length: 16 * KIB }));
    world.advance(5_000);
    expect(why(world).up).toMatchObject({ now: "ticket" });
    expect(why(world).up.recent[0]?.text).toContain("upload limit of all torrents together");
  });
});

function started(options: TestTorrentOptions = {}): World {
  const world = new World(options);
  world.add();
  return world;
}

function why(world: World): TorrentWhy {
  const answer = world.session.why(world.infoHash, world.now);
  if (answer === undefined) throw new Error("no such torrent");
  return answer;
}
