import { encodeMessage } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { asleep, isAsleep, LEECH, REQUEST, serve } from "../test-support/sleeper.ts";
import type { World } from "../test-support/world.ts";

/** Of what is asked of a torrent while it sleeps. */
describe("a sleeping torrent that is told", () => {
  it("how many peers it may have takes that to heart without being woken", () => {
    const world = asleep();
    const { infoHash } = world;
    world.command({ type: "set-peers-max", infoHash, peersMax: 1 });
    world.command({ type: "set-super-seeding", infoHash, enabled: true });
    world.command({ type: "set-order", infoHash, order: "sequential" });
    world.command({ type: "set-first-and-last", infoHash, enabled: true });
    world.command({ type: "set-upload-slots", infoHash, slots: 2 });
    expect([world.wakes, world.status?.isSuperSeeding]).toEqual([[], true]);
    const [first, second] = [world.connect(LEECH), world.connect(LEECH)];
    world.wake();
    expect([first.isClosed, second.isClosed, world.status?.isSuperSeeding]).toEqual([false, true, true]);
  });

  it("a limit keeps to it once somebody comes", () => {
    const world = asleep();
    const { infoHash } = world;
    world.command({ type: "set-limits", infoHash, limits: { up: 1_000 } });
    expect(world.wakes).toEqual([]);
    const leech = world.connect(LEECH);
    world.wake();
    expect(world.session.limits(infoHash)).toMatchObject({ up: 1_000 });
    world.advance(20_000);
    world.say(leech, encodeMessage(REQUEST));
    const atOnce = leech.received.at(-1)?.type;
    world.advance(20_000);
    expect([atOnce, leech.received.at(-1)?.type]).toEqual(["unchoke", "piece"]);
  });

  it("to hash its files is woken, says what is true, and sleeps again", () => {
    const good = asleep();
    good.tell("recheck");
    good.wake();
    good.advance(5_000);
    expect([good.state, isAsleep(good), countChecks(good)]).toEqual(["seeding", true, 4]);
    const bad = asleep();
    // As bad memory would do it: no time stamp tells.
    bad.disk?.fill(0, 0, 20_000);
    bad.tell("recheck");
    bad.wake();
    bad.advance(5_000);
    expect([bad.state, isAsleep(bad)]).toEqual(["downloading", false]);
    expect(bad.status?.piecesHave).toBeLessThan(4);
  });

  it("which files are wanted is woken, and sleeps again with less that is wanted", () => {
    const world = asleep();
    const { infoHash } = world;
    const all = world.status?.wantedBytes;
    world.command({ type: "set-file-priorities", infoHash, priorities: [0] });
    world.wake();
    const none = world.status?.wantedBytes;
    world.advance(5_000);
    world.command({ type: "set-file-priorities", infoHash, priorities: [4] });
    world.wake();
    world.advance(5_000);
    expect([all, none, world.status?.wantedBytes, isAsleep(world)]).toEqual([all, 0, all, true]);
  });

  it("to lie elsewhere is woken, lies there, and sleeps and wakes there", () => {
    const world = asleep();
    world.command({ type: "move-storage", infoHash: world.infoHash, request: 900, root: "/elsewhere" });
    world.wake();
    world.advance(5_000);
    expect(world.commands.at(-1)).toMatchObject({ request: 900, result: { ok: true } });
    expect([world.status?.root, isAsleep(world)]).toEqual(["/elsewhere", true]);
    const leech = world.connect(LEECH);
    world.wake();
    serve(world, leech);
    expect(world.status?.root).toBe("/elsewhere");
  });
});

function countChecks({ log }: World): number {
  return log.filter((job) => job === "check").length;
}
