import { type Bitfield, makeEndpoint } from "@torrential/core";
import { encodeMessage } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import type { DiskError } from "../ports/disk.ts";
import { decodeJournal, type ResumeData } from "../resume/journal.ts";
import { KIB } from "../test-support/context.ts";
import { blockMessage, handshakeOf, type ScriptedPeer, World } from "../test-support/world.ts";

const FULL: DiskError = { class: "full", message: "the disk is full" };
const SEED_FILE = { files: [{ lengthBytes: 100_000 }] };

describe("session: a download", () => {
  it("opens, asks a peer for everything, and seeds what it has verified", () => {
    const world = new World();
    world.add();
    expect(world.state).toBe("downloading");
    const seed = world.connectSeed();
    expect(world.state).toBe("seeding");
    expect(world.disk).toEqual(world.torrent.payload);
    expect(statesOf(world)).toEqual(["checking", "downloading", "seeding"]);
    expect(world.status).toMatchObject({ piecesHave: 4, verifiedBytes: world.torrent.payload.length, wastedBytes: 0 });
    expect(seed.received.filter(({ type }) => type === "request")).toHaveLength(8);
    expect(world.session.slabUsedBytes).toBe(0);
  });

  it.each([{ peersMax: 2 }, { connectionsMax: 2 }])("lets in as many as it may (%o)", (limit) => {
    const world = new World(limit);
    world.disk = world.torrent.payload.slice();
    world.add();
    const leeches = Array.from({ length: 4 }, () => world.connect([{ type: "have-none" }]));
    expect(leeches.map(({ isClosed }) => isClosed)).toEqual([false, false, true, true]);
  });

  it("finds what is there and seeds at once", () => {
    const world = new World();
    world.disk = world.torrent.payload.slice();
    world.add();
    expect([world.state, world.status?.piecesHave]).toEqual(["seeding", 4]);
    expect(world.log.filter((job) => job === "check")).toHaveLength(4);
  });

  it("sends what it has to who asks", () => {
    const world = new World();
    world.disk = world.torrent.payload.slice();
    world.add();
    const leech = world.connect([{ type: "have-none" }, { type: "interested" }]);
    world.advance(10_000);
    expect(leech.received.map(({ type }) => type)).toContain("unchoke");
    const request = { type: "request", piece: 2, begin: 5, length: 9_000 } as const;
    world.say(leech, encodeMessage(request));
    expect(leech.received.at(-1)).toEqual({ type: "piece", piece: 2, begin: 5, bytes: world.truth(2, 5, 9_000) });
  });

  it("never writes a false piece, and sends its one sender away", () => {
    const world = new World();
    world.add();
    const liar = world.connect([{ type: "have-all" }]);
    liar.serve = (_piece, _begin, length) => new Uint8Array(length);
    world.say(liar, encodeMessage({ type: "unchoke" }));
    expect([world.disk, liar.isClosed, world.state]).toEqual([undefined, true, "downloading"]);
    world.connectSeed();
    expect(world.disk).toEqual(world.torrent.payload);
  });

  it("is told of what each lost connection had been asked for", () => {
    const world = new World();
    world.add();
    const mute = world.connect([{ type: "have-all" }, { type: "unchoke" }]);
    expect(mute.received.filter(({ type }) => type === "request").length).toBeGreaterThan(0);
    world.session.handleClosed(mute.connection, "reset", world.now);
    world.run();
    world.connectSeed();
    expect(world.state).toBe("seeding");
  });

  it("gets past a mute peer: its blocks are asked of others within twenty seconds or so", () => {
    const world = new World();
    world.add();
    world.connect([{ type: "have-all" }, { type: "unchoke" }]);
    world.connectSeed();
    world.advance(25_000);
    expect(world.state).toBe("seeding");
  });

  it("comes to rest: it asks for no time in the past", () => {
    const world = new World({ trackers: [["https://a.example/announce"]] });
    world.add({ peers: Array.from({ length: 50 }, (_, index) => makeEndpoint(`192.0.2.${index + 1}`, 6_881)) });
    world.connectSeed();
    world.advance(120_000);
    expect(world.session.nextTimeout() ?? Infinity).toBeGreaterThan(world.now);
  });
});

describe("session: a stop", () => {
  it("drains, syncs, stamps, closes the journal, then the files", () => {
    const world = new World();
    world.add();
    world.held.add("commit");
    world.connectSeed();
    world.log.length = 0;
    world.tell("stop");
    expect([world.state, world.log]).toEqual(["stopping", []]);
    world.release();
    expect(world.log.filter((entry) => entry !== "journal-append")).toEqual([
      "sync",
      "open",
      "journal-replace",
      "close",
    ]);
    expect(world.state).toBe("stopped");
    expect(journalOf(world)).toMatchObject({ clean: true, files: [{ lengthBytes: world.torrent.payload.length }] });
    expect(journalOf(world).have.isFull).toBe(true);
    expect(world.session.slabUsedBytes).toBe(0);
  });

  it("keeps the blocks of unfinished pieces, and a new process goes on with them", () => {
    const world = new World({ files: [{ lengthBytes: 32 * KIB }] });
    world.add();
    stopAfterOneBlock(world);
    const next = world.reopen({ files: [{ lengthBytes: 32 * KIB }] });
    const seed = next.connectSeed();
    expect(next.state).toBe("seeding");
    expect(seed.received.filter(({ type }) => type === "request")).toHaveLength(1);
  });

  it("sends peers away, tells trackers, and starts again as before", () => {
    const world = new World({ ...SEED_FILE, trackers: [["https://a.example/announce"]] });
    world.add();
    world.advance(0);
    answerAnnounce(world);
    const seed = world.connectSeed();
    world.advance(0);
    answerAnnounce(world);
    world.tell("stop");
    expect(world.announces.map(({ event }) => event)).toEqual(["started", "completed", "stopped"]);
    expect(seed.isClosed).toBe(true);
    world.tell("start");
    expect([world.state, world.status?.piecesHave]).toEqual(["seeding", world.status?.pieceCount]);
  });

  it("trusts its own journal in the next process without reading a piece", () => {
    const world = new World();
    world.add();
    world.connectSeed();
    world.tell("stop");
    const next = world.reopen();
    expect([next.state, next.log.filter((job) => job === "check")]).toEqual(["seeding", []]);
  });

  it("finds out that a file was touched while it was away", () => {
    const world = new World();
    world.add();
    world.connectSeed();
    world.tell("stop");
    world.disk?.fill(0, 50, 60);
    world.mtimeMs += 5_000;
    const next = world.reopen();
    expect([next.state, next.status?.piecesHave]).toEqual(["downloading", 3]);
  });

  it("checks what was written and not synced when the process was killed, and fetches none of it again", () => {
    const world = new World();
    world.add();
    world.held.add("sync");
    world.connectSeed();
    const next = world.reopen();
    expect([next.state, next.log.filter((job) => job === "check").length]).toEqual(["seeding", 4]);
  });

  it("does not hang on a disk that refuses to sync, and claims nothing for it", () => {
    const world = new World();
    world.add();
    world.held.add("sync");
    world.connectSeed();
    world.diskError = FULL;
    world.tell("stop");
    world.release();
    expect(world.state).toBe("stopped");
    expect(journalOf(world).have.isEmpty).toBe(true);
    world.diskError = undefined;
    world.log.length = 0;
    world.tell("start");
    expect(world.log.filter((job) => job === "check")).toHaveLength(4);
  });
});

describe("session: removal", () => {
  it("forgets the torrent and its journal, and leaves the files", () => {
    const world = seeded();
    world.command({ type: "remove", infoHash: world.infoHash, deleteFiles: false });
    expect([world.session.has(world.infoHash), world.journals.size]).toEqual([false, 0]);
    expect(world.disk).toEqual(world.torrent.payload);
    expect(world.events.at(-1)?.type).toBe("removed");
  });

  it("keeps the journal when asked to, so that what is there need not be read again", () => {
    const world = seeded();
    world.command({ type: "remove", infoHash: world.infoHash, deleteFiles: false, keepState: true });
    expect(world.session.has(world.infoHash)).toBe(false);
    const journal = world.journals.get(world.infoHash) ?? new Uint8Array(0);
    expect(decodeJournal(journal, { infoHash: world.infoHash, pieceCount: 4 })?.clean).toBe(true);
  });

  it("deletes what the torrent made, running or stopped, when asked to", () => {
    for (const isStopped of [false, true]) {
      const world = seeded();
      if (isStopped) world.tell("stop");
      world.command({ type: "remove", infoHash: world.infoHash, deleteFiles: true });
      expect([world.disk, world.session.has(world.infoHash)]).toEqual([undefined, false]);
    }
  });

  it("ends though the disk is gone", () => {
    const world = seeded();
    world.tell("stop");
    world.diskError = { class: "gone", message: "the folder is not there" };
    world.command({ type: "remove", infoHash: world.infoHash, deleteFiles: true });
    expect(world.session.has(world.infoHash)).toBe(false);
  });

  it("lets the torrent be added again", () => {
    const world = seeded();
    world.command({ type: "remove", infoHash: world.infoHash, deleteFiles: false });
    world.add();
    expect(world.state).toBe("seeding");
  });
});

describe("session: a disk that fails", () => {
  it("stops the torrent with the disk's sentence and blames nobody", () => {
    const world = new World();
    world.add();
    world.diskError = FULL;
    world.connectSeed();
    expect(world.status?.state).toMatchObject({ status: "error", class: "full", owner: "root", message: FULL.message });
    expect(world.status?.bans).toEqual([]);
    expect(world.events.filter(({ type }) => type === "piece-failed")).toEqual([]);
  });

  it("goes on after 30 s with what was verified and not yet written", () => {
    const world = new World();
    world.add();
    world.diskError = FULL;
    world.connectSeed();
    world.diskError = undefined;
    world.advance(29_999);
    expect(world.state).toBe("error");
    world.advance(1);
    expect(world.status?.piecesHave).toBeGreaterThan(0);
    world.connectSeed();
    expect([world.state, world.disk]).toEqual(["seeding", world.torrent.payload]);
  });

  it("counts all jobs that fail together as one failure", () => {
    const world = new World({ files: [{ lengthBytes: 20 * 32 * KIB }] });
    world.add();
    world.held.add("commit");
    world.connectSeed();
    world.diskError = FULL;
    world.release();
    expect(world.status?.state).toMatchObject({ status: "error", retryAt: world.now + 30_000 });
    expect(statesOf(world).filter((status) => status === "error")).toHaveLength(1);
  });

  it("does not put its retry off while the journal still fails to sync", () => {
    const world = new World();
    world.add();
    world.held.add("sync");
    world.connectSeed();
    world.diskError = FULL;
    world.release();
    world.advance(300_000);
    expect(world.events.filter(({ type }) => type === "state").length).toBeLessThan(30);
    world.diskError = undefined;
    world.advance(600_000);
    expect(world.state).toBe("seeding");
  });

  it("tries again at once when told to start", () => {
    const world = new World();
    world.diskError = { class: "gone", message: "the folder is not there" };
    world.add();
    expect(world.state).toBe("error");
    world.diskError = undefined;
    world.tell("start");
    expect(world.state).toBe("downloading");
  });
});

describe("session: commands", () => {
  it("rechecks: believes nothing, and fetches what is bad", () => {
    const world = seeded();
    world.disk?.fill(0, 40_000, 41_000);
    world.tell("recheck");
    expect([world.state, world.status?.piecesHave]).toEqual(["downloading", 3]);
    world.connectSeed();
    expect(world.disk).toEqual(world.torrent.payload);
  });

  it("acts on a changed limit: a peer that waited for a ticket goes on", () => {
    const world = new World();
    world.add({ limits: { down: 0 } });
    world.connectSeed();
    world.advance(5_000);
    expect(world.status).toMatchObject({ piecesHave: 0, refusals: { "no-ticket": expect.any(Number) } });
    world.command({ type: "set-limits", infoHash: world.infoHash, limits: {} });
    world.advance(2_000);
    expect(world.state).toBe("seeding");
  });

  it("is finished with the wanted files, and goes on when more is wanted", () => {
    const world = new World({ files: [{ lengthBytes: 64 * KIB }, { lengthBytes: 64 * KIB }] });
    world.add({ filePriorities: [4, 0] });
    world.connectSeed();
    expect([world.state, world.status?.piecesHave]).toEqual(["finished", 2]);
    world.command({ type: "set-file-priorities", infoHash: world.infoHash, priorities: [4, 4] });
    world.connectSeed();
    expect(world.state).toBe("seeding");
  });

  it("keeps an order that was set while it checks", () => {
    const world = new World({ files: [{ lengthBytes: 8 * 32 * KIB }] });
    world.held.add("open");
    world.add();
    world.command({ type: "set-order", infoHash: world.infoHash, order: "sequential" });
    world.release();
    const seed = world.connectSeed();
    const pieces = seed.received.flatMap((message) => (message.type === "request" ? [message.piece] : []));
    expect(pieces).toEqual(pieces.toSorted((a, b) => a - b));
  });

  it("reads a piece for a stream as soon as it is verified", () => {
    const world = new World();
    world.add();
    const range = { piece: 3, begin: 1, length: 50, deadlineMs: 0 };
    world.command({ type: "read", request: 4, infoHash: world.infoHash, ...range });
    expect(world.reads).toEqual([]);
    world.connectSeed();
    expect(world.reads).toEqual([
      { type: "read-done", request: 4, result: { ok: true, bytes: world.truth(3, 1, 50) } },
    ]);
  });
});

describe("session: who is let in", () => {
  it("forgets those it turned away", () => {
    const world = new World();
    world.add();
    const known = world.status?.knownPeers ?? 0;
    const first = world.connect([{ type: "have-none" }], "192.0.2.1");
    for (let count = 0; count < 20; count++) twinOf(world, first);
    expect(world.status).toMatchObject({ peers: 1, knownPeers: known + 1 });
  });
});

function seeded(): World {
  const world = new World();
  world.disk = world.torrent.payload.slice();
  world.add();
  return world;
}

/** Another connection of the same peer, from another port. */
function twinOf(world: World, peer: ScriptedPeer): void {
  const connection = world.session.nextId();
  world.session.handleIncoming(connection, makeEndpoint("192.0.2.1", 40_000 + connection), world.now);
  world.session.handleData(connection, handshakeOf(world, peer.connection), world.now);
  world.run();
}

function stopAfterOneBlock(world: World): void {
  const peer = world.connect([{ type: "have-all" }]);
  let served = 0;
  peer.serve = undefined;
  world.say(peer, encodeMessage({ type: "unchoke" }));
  for (const message of peer.received) {
    if (message.type !== "request" || served++ > 0) continue;
    const { piece, begin, length } = message;
    world.say(peer, blockMessage(piece, begin, world.truth(piece, begin, length)));
  }
  world.tell("stop");
}

function answerAnnounce(world: World): void {
  const request = world.announces.at(-1)?.request ?? 0;
  const response = {
    intervalSeconds: 1_800,
    minIntervalSeconds: undefined,
    trackerId: undefined,
    seeders: 1,
    leechers: 0,
    downloaded: undefined,
    peers: [],
    externalIp: undefined,
    warning: undefined,
  };
  world.session.handleAnnounced(request, { ok: true, response, from: undefined }, world.now);
  world.run();
}

function statesOf(world: World): readonly string[] {
  return world.events.flatMap((event) => (event.type === "state" ? [event.state.status] : []));
}

function journalOf(world: World): ResumeData & { readonly have: Bitfield } {
  const bytes = world.journals.get(world.infoHash) ?? new Uint8Array(0);
  const { pieceCount } = world.torrent.metainfo;
  const resume = decodeJournal(bytes, { infoHash: world.infoHash, pieceCount });
  if (resume === undefined) throw new Error("the journal cannot be read");
  return resume;
}

describe("session: views", () => {
  it("names the torrents that had an input, once", () => {
    const world = seeded();
    expect([...world.session.takeChanged()]).toEqual([world.infoHash]);
    expect(world.session.takeChanged().size).toBe(0);
    world.tell("stop");
    expect([...world.session.takeChanged()]).toEqual([world.infoHash]);
  });

  it("shows who has which piece", () => {
    const world = new World();
    world.add();
    world.connect([{ type: "have", piece: 2 }]);
    expect(world.session.pieces(world.infoHash)).toEqual({
      have: new Uint8Array([0]),
      inFlight: [],
      availability: new Uint8Array([0, 0, 1, 0]),
    });
  });
});
