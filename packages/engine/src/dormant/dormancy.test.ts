import { makeEndpoint } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { decodeJournal } from "../resume/journal.ts";
import { answer, asleep, isAsleep, LEECH, seed, serve } from "../test-support/sleeper.ts";
import type { World } from "../test-support/world.ts";

const TRACKER = "http://tracker.example/announce";

describe("a seed that nobody is connected to", () => {
  it("falls asleep, and looks as it did", () => {
    const world = asleep();
    expect(world.log.slice(-1)).toEqual(["close"]);
    expect(world.status).toMatchObject({ state: { status: "seeding" }, piecesHave: 4, pieceCount: 4, peers: 0 });
    expect(world.session.pieces(world.infoHash)?.have).toEqual(Uint8Array.of(0b1111_0000));
    expect(statesOf(world)).toEqual(["checking", "seeding"]);
    const why = world.session.why(world.infoHash, world.now);
    expect([why?.down, why?.up].map((side) => side?.recent)).toMatchObject([
      [{ reason: "complete" }],
      [{ reason: "no-peers" }],
    ]);
    expect(world.wakes).toEqual([]);
  });

  it("stays awake where its metadata could not be had again", () => {
    const world = seed(false);
    world.advance(600_000);
    expect(world.log).not.toContain("close");
  });

  it("stays awake while somebody is connected, and for a minute after that", () => {
    const world = seed(true);
    const leech = world.connect(LEECH);
    world.advance(100_000);
    world.session.handleClosed(leech.connection, "ended", world.now);
    world.run();
    world.advance(59_000);
    expect(isAsleep(world)).toBe(false);
    world.advance(2_000);
    expect(isAsleep(world)).toBe(true);
  });

  it("is woken by a handshake, greets like any seed, and serves", () => {
    const world = asleep();
    const leech = world.connect(LEECH);
    expect([leech.received, world.wakes]).toEqual([[], [world.infoHash]]);
    world.wake();
    expect(leech.received[0]).toMatchObject({ type: "have-all" });
    serve(world, leech);
    expect(leech.isClosed).toBe(false);
  });

  it("goes on from its journal without hashing anything", () => {
    const world = asleep();
    const checks = world.log.filter((job) => job === "check").length;
    world.connect(LEECH);
    world.wake();
    expect(world.state).toBe("seeding");
    expect(world.log.filter((job) => job === "check")).toHaveLength(checks);
  });

  it("is woken by a peer that it dialled", () => {
    const world = asleep();
    const { infoHash } = world;
    world.command({ type: "add-peers", infoHash, peers: [makeEndpoint("192.0.2.7", 6881)], source: "user" });
    world.advance(1_000);
    const leech = world.accept(LEECH);
    world.wake();
    serve(world, leech);
  });

  it("lets in who came while its files were being closed", () => {
    const world = seed(true);
    world.held.add("close");
    world.advance(5_000);
    const leech = world.connect(LEECH);
    expect([isAsleep(world), leech.isClosed]).toEqual([false, false]);
    world.release();
    world.wake();
    serve(world, leech);
  });

  it("forgets a peer that leaves before it is awake", () => {
    const world = asleep();
    const leech = world.connect(LEECH);
    world.session.handleClosed(leech.connection, "reset", world.now);
    world.wake();
    expect([world.status?.peers, leech.received]).toEqual([0, []]);
    world.advance(100_000);
    expect(isAsleep(world)).toBe(true);
  });

  it("sends a peer away that would wait too long, or says too much meanwhile", () => {
    const world = asleep();
    const patient = world.connect(LEECH);
    const loud = world.connect(LEECH);
    world.say(loud, new Uint8Array(600 * 1024));
    expect([patient.isClosed, loud.isClosed]).toEqual([false, true]);
    world.advance(25_000);
    expect(patient.isClosed).toBe(true);
  });
});

describe("a sleeping torrent", () => {
  it("announces as before, and counts on when it has slept", () => {
    const world = asleep({ trackers: [[TRACKER]] });
    world.advance(1_800_000);
    expect(world.announces.at(-1)).toMatchObject({ event: "none", uploaded: 0, left: 0 });
    answer(world);
    const leech = world.connect(LEECH);
    world.wake();
    serve(world, leech);
    world.session.handleClosed(leech.connection, "ended", world.now);
    world.advance(100_000);
    expect(isAsleep(world)).toBe(true);
    world.advance(1_800_000);
    expect(world.announces.at(-1)).toMatchObject({ event: "none", uploaded: 9_000, left: 0 });
    answer(world);
    const again = world.connect(LEECH);
    world.wake();
    serve(world, again);
    world.tell("stop");
    expect(world.announces.at(-1)).toMatchObject({ event: "stopped", uploaded: 18_000 });
    expect(world.status?.uploadedBytes).toBe(18_000);
  });

  it("has what it uploaded in its journal", () => {
    const world = seed(true);
    const leech = world.connect(LEECH);
    serve(world, leech);
    world.session.handleClosed(leech.connection, "ended", world.now);
    world.advance(100_000);
    expect(isAsleep(world)).toBe(true);
    const bytes = world.journals.get(world.infoHash) ?? new Uint8Array(0);
    const journal = decodeJournal(bytes, { infoHash: world.infoHash, pieceCount: 4 });
    expect(journal).toMatchObject({ clean: true, totals: { uploadedBytes: 9_000 } });
  });

  it("stops and is let go without being woken", () => {
    const world = asleep({ trackers: [[TRACKER]] });
    world.tell("stop");
    expect([world.state, world.announces.at(-1)?.event]).toEqual(["stopped", "stopped"]);
    world.command({ type: "remove", infoHash: world.infoHash, deleteFiles: false, keepState: true });
    expect([world.wakes, world.session.has(world.infoHash)]).toEqual([[], false]);
    expect(world.journals.has(world.infoHash)).toBe(true);
  });

  it("starts again when it was stopped asleep", () => {
    const world = asleep();
    world.tell("stop");
    world.tell("start");
    world.wake();
    expect(world.state).toBe("seeding");
  });

  it("is woken by a command that needs all of it, and carries out what came meanwhile in order", () => {
    const world = asleep();
    const { infoHash } = world;
    const read = { begin: 0, length: 100, deadlineMs: 1_000 };
    world.command({ type: "read", infoHash, request: 900, piece: 1, ...read });
    world.command({ type: "read", infoHash, request: 901, piece: 2, ...read });
    expect([world.reads, world.state]).toEqual([[], "seeding"]);
    world.wake();
    expect(world.reads.map(({ request, result }) => [request, result.ok])).toEqual([
      [900, true],
      [901, true],
    ]);
  });

  it("is stopped once it is awake when it was being woken", () => {
    const world = asleep();
    world.command({ type: "wake-up", infoHash: world.infoHash });
    world.tell("stop");
    world.wake();
    expect(world.state).toBe("stopped");
  });

  it("is removed with its files, journal and all", () => {
    const world = asleep();
    world.command({ type: "remove", infoHash: world.infoHash, deleteFiles: true });
    world.wake();
    expect([world.session.has(world.infoHash), world.journals.size]).toEqual([false, 0]);
    expect(world.events.at(-1)).toMatchObject({ type: "removed", problem: undefined });
  });

  it("looks at files that others changed before it serves them (PROMISES F06)", () => {
    const world = asleep();
    world.mtimeMs += 60_000;
    world.disk?.fill(0, 0, 20_000);
    const leech = world.connect(LEECH);
    world.wake();
    expect(world.state).toBe("downloading");
    expect(leech.received.map(({ type }) => type)).not.toContain("have-all");
  });

  it("says so when its metadata is gone, and sends away who waits", () => {
    const world = asleep({ trackers: [[TRACKER]] });
    const { infoHash } = world;
    const leech = world.connect(LEECH);
    world.command({ type: "rename-files", infoHash, request: 901, files: [] });
    world.command({ type: "wake-failed", infoHash, message: "It is not there." });
    expect(world.status?.state).toMatchObject({ status: "error", message: "It is not there." });
    expect([leech.isClosed, world.commands.at(-1)?.result.ok]).toEqual([true, false]);
    expect(world.announces.at(-1)?.event).toBe("stopped");
    world.tell("start");
    world.wake();
    expect(world.state).toBe("seeding");
  });
});

function statesOf({ events }: World): string[] {
  return events.flatMap((event) => (event.type === "state" ? [event.state.status] : []));
}
