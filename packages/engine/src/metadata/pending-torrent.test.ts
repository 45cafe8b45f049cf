import { readFileSync } from "node:fs";
import { makeEndpoint, magnetInfoHash, type Metainfo, parseMetainfo, swarmHashes } from "@torrential/core";
import {
  decodeExtendedHandshake,
  decodeMetadataMessage,
  encodeExtendedHandshake,
  encodeMessage,
  encodeMetadataMessage,
  METADATA_PIECE_LENGTH,
  metadataPieceCount,
  type OutgoingMessage,
} from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { type ScriptedPeer, World } from "../test-support/world.ts";

const THEIR_ID = 7;
const MAGNET = {
  infoHashV2: undefined,
  name: "from the link",
  trackers: [["http://tracker.test/announce"]],
  webSeeds: [],
  exactSources: [],
  acceptableSources: [],
  peers: ["203.0.113.9:6881", "name.test:1"],
  selectOnly: undefined,
};

function start(): World {
  const world = new World();
  world.extended = true;
  world.command({
    type: "add-magnet",
    start: true,
    magnet: { ...MAGNET, infoHashV1: world.infoHash },
    root: "/downloads",
  });
  return world;
}

function handshake(metadataLengthBytes?: number): OutgoingMessage {
  const extensions = new Map([["ut_metadata", THEIR_ID]]);
  return { type: "extended", id: 0, payload: encodeExtendedHandshake({ extensions, metadataLengthBytes }) };
}

/** The pieces that a peer was asked for. */
function askedOf(peer: ScriptedPeer): number[] {
  return peer.received.flatMap((message) => {
    if (message.type !== "extended" || message.id !== THEIR_ID) return [];
    const decoded = decodeMetadataMessage(message.payload);
    return decoded?.type === "request" ? [decoded.piece] : [];
  });
}

function give(world: World, peer: ScriptedPeer, info: Uint8Array): void {
  for (let piece = 0; piece < metadataPieceCount(info.length); piece++) {
    const begin = piece * METADATA_PIECE_LENGTH;
    const bytes = info.subarray(begin, begin + METADATA_PIECE_LENGTH);
    const payload = encodeMetadataMessage({ type: "data", piece, totalBytes: info.length, bytes });
    world.say(peer, encodeMessage({ type: "extended", id: 1, payload }));
  }
}

function metadataOf(world: World): Metainfo | undefined {
  return world.events.flatMap((event) => (event.type === "metadata" ? [event.metainfo] : []))[0];
}

describe("a magnet link", () => {
  it("dials the peers that it names, asks its trackers, and is no seed to them", () => {
    const world = start();
    expect(world.dialled.map(({ endpoint }) => endpoint)).toEqual([makeEndpoint("203.0.113.9", 6881)]);
    world.advance(1);
    expect(world.announces).toMatchObject([{ url: "http://tracker.test/announce", event: "started" }]);
    expect(world.announces[0]?.left).toBeGreaterThan(0);
    expect(world.status).toMatchObject({
      name: "from the link",
      state: { status: "fetching-metadata" },
      knownPeers: 1,
    });
  });

  it("becomes a download over the connection that brought the metadata", () => {
    const world = start();
    const info = world.torrent.metainfo.infoBytes;
    const seed = world.connect([{ type: "have-all" }, handshake(info.length), { type: "unchoke" }]);
    seed.serve = (piece, begin, length) => world.truth(piece, begin, length);
    expect(askedOf(seed)).toEqual([0]);
    give(world, seed, info);
    expect(metadataOf(world)).toMatchObject({
      infoHashV1: world.infoHash,
      trackers: [["http://tracker.test/announce"]],
    });
    world.advance(1_000);
    expect([world.state, seed.isClosed]).toEqual(["seeding", false]);
    expect(world.disk).toEqual(world.torrent.payload);
    expect(world.announces.filter(({ event }) => event === "started").length).toBe(1);
  });

  it("serves the metadata as soon as it has it, and says so", () => {
    const world = start();
    world.held.add("open");
    const info = world.torrent.metainfo.infoBytes;
    const giver = world.connect([{ type: "have-none" }, handshake(info.length)]);
    const taker = world.connect([{ type: "have-none" }, handshake()]);
    const ask = encodeMessage({
      type: "extended",
      id: 1,
      payload: encodeMetadataMessage({ type: "request", piece: 0 }),
    });
    world.say(taker, ask);
    give(world, giver, info);
    world.say(taker, ask);
    const answers = taker.received.flatMap((message) =>
      message.type === "extended" && message.id === THEIR_ID ? [decodeMetadataMessage(message.payload)] : [],
    );
    expect(answers).toEqual([
      { type: "reject", piece: 0 },
      { type: "data", piece: 0, totalBytes: info.length, bytes: info },
    ]);
    const told = taker.received.flatMap((message) =>
      message.type === "extended" && message.id === 0
        ? [decodeExtendedHandshake(message.payload).metadataLengthBytes]
        : [],
    );
    expect(told).toEqual([undefined, info.length]);
  });

  it("bans who sends what has another hash, and takes it from the next", () => {
    const world = start();
    const info = world.torrent.metainfo.infoBytes;
    const liar = world.connect([{ type: "have-all" }, handshake(info.length)]);
    give(world, liar, new Uint8Array(info.length));
    expect(liar.isClosed).toBe(true);
    expect(world.status?.bans.length).toBe(1);
    const honest = world.connect([{ type: "have-all" }, handshake(info.length)]);
    give(world, honest, info);
    expect(metadataOf(world)?.infoHashV1).toBe(world.infoHash);
  });

  it("keeps who waits while files are looked at, and drops whose bitfield does not fit", () => {
    const world = start();
    world.held.add("open");
    const info = world.torrent.metainfo.infoBytes;
    const misfit = world.connect([{ type: "bitfield", bytes: new Uint8Array(100) }, handshake()]);
    const giver = world.connect([{ type: "have-none" }, handshake(info.length)]);
    give(world, giver, info);
    expect([world.state, world.status?.peers]).toEqual(["checking", 0]);
    expect(world.session.peers(world.infoHash, world.now).length).toBe(2);
    world.say(giver, encodeMessage({ type: "have", piece: 1 }));
    world.release();
    expect([misfit.isClosed, giver.isClosed]).toEqual([true, false]);
    expect(giver.received.some(({ type }) => type === "interested")).toBe(true);
  });

  it("drops who floods it with requests, sends blocks, or names more than 30 MiB", () => {
    const world = start();
    const request = encodeMessage({ type: "request", piece: 0, begin: 0, length: 16_384 });
    const flooder = world.connect([{ type: "have-none" }]);
    for (let i = 0; i < 2_001 && !flooder.isClosed; i++) world.say(flooder, request);
    const bomber = world.connect([handshake(30 * 1024 * 1024 + 1)]);
    expect([flooder.isClosed, bomber.isClosed]).toEqual([true, true]);
  });

  it("can be stopped, started and removed before it is a torrent", () => {
    const world = start();
    const peer = world.connect([{ type: "have-all" }]);
    world.tell("stop");
    expect([world.state, peer.isClosed]).toEqual(["stopped", true]);
    world.tell("start");
    expect(world.state).toBe("fetching-metadata");
    world.command({ type: "remove", infoHash: world.infoHash, deleteFiles: true });
    expect([world.state, world.events.at(-1)?.type]).toEqual([undefined, "removed"]);
  });

  it("of v2 alone brings its metadata, and says that it cannot be downloaded yet", () => {
    const metainfo = parseMetainfo(
      readFileSync(new URL("../../../core/test/fixtures/v2-multi.torrent", import.meta.url)),
    );
    const { infoHashV2, infoBytes } = metainfo;
    const key = magnetInfoHash({ infoHashV1: undefined, infoHashV2 });
    const world = new World();
    world.extended = true;
    const magnet = { ...MAGNET, infoHashV1: undefined, infoHashV2 };
    world.command({ type: "add-magnet", start: true, magnet, root: "/downloads" });
    world.shakenFor = key;
    const giver = world.connect([{ type: "have-all" }, handshake(infoBytes.length)]);
    give(world, giver, infoBytes);
    expect(metadataOf(world)?.infoHashV2).toBe(infoHashV2);
    expect(world.session.status(key, 0)?.state).toMatchObject({ status: "error", class: "v2-unsupported" });
    expect(giver.isClosed).toBe(true);
  });

  describe("to a hybrid", () => {
    const hybrid = parseMetainfo(
      readFileSync(new URL("../../../core/test/fixtures/hybrid-multi.torrent", import.meta.url)),
    );
    const { infoHashV1, infoHashV2 } = hybrid;
    const [v1, v2] = swarmHashes(hybrid);
    if (v1 === undefined || v2 === undefined) throw new Error("it is no hybrid");
    const byV2 = { ...MAGNET, infoHashV1: undefined, infoHashV2 };
    const open = (): World => {
      const world = new World();
      world.extended = true;
      return world;
    };

    it("by v2 alone goes by that, and so does the torrent that an earlier run has stored", () => {
      const world = open();
      world.command({ type: "add-magnet", start: true, magnet: byV2, root: "/downloads" });
      world.shakenFor = v2;
      give(world, world.connect([{ type: "have-all" }, handshake(hybrid.infoBytes.length)]), hybrid.infoBytes);
      expect(world.session.status(v2, 0)?.name).toBe(hybrid.name);
      const next = open();
      next.command({ type: "add", start: true, metainfo: hybrid, infoHash: v2, root: "/downloads" });
      expect([next.session.has(v2), next.session.has(v1)]).toEqual([true, false]);
    });

    it("is not added beside the same torrent, whichever info-hash comes first", () => {
      for (const infoHash of [v1, v2]) {
        const world = open();
        world.command({ type: "add", start: true, metainfo: hybrid, infoHash, root: "/downloads" });
        world.command({ type: "add", start: true, metainfo: hybrid, root: "/downloads" });
        world.command({ type: "add-magnet", start: true, magnet: byV2, root: "/downloads" });
        world.command({ type: "add-magnet", start: true, magnet: { ...byV2, infoHashV1 }, root: "/downloads" });
        world.command({
          type: "add-magnet",
          start: true,
          magnet: { ...byV2, infoHashV1, infoHashV2: undefined },
          root: "/downloads",
        });
        expect(world.session.statuses(0).map((status) => status.infoHash)).toEqual([infoHash]);
        world.command({ type: "remove", infoHash, deleteFiles: false });
        world.command({ type: "add-magnet", start: true, magnet: byV2, root: "/downloads" });
        expect(world.session.statuses(0).map((status) => status.infoHash)).toEqual([v2]);
      }
    });

    it("yields when only the metadata shows that the torrent is there", () => {
      const world = open();
      const byV1 = { ...byV2, infoHashV1, infoHashV2: undefined };
      world.command({ type: "add-magnet", start: true, magnet: byV1, root: "/downloads" });
      world.command({ type: "add-magnet", start: true, magnet: byV2, root: "/downloads" });
      for (const infoHash of [v1, v2]) {
        world.shakenFor = infoHash;
        give(world, world.connect([{ type: "have-all" }, handshake(hybrid.infoBytes.length)]), hybrid.infoBytes);
      }
      expect(world.session.status(v1, 0)?.name).toBe(hybrid.name);
      expect(world.session.status(v2, 0)?.state).toMatchObject({ status: "error", class: "metadata-invalid" });
    });
  });

  it("that turns out to be private sends away whom peer exchange or neighbours named, and tells nobody", () => {
    const world = new World({ isPrivate: true });
    world.extended = true;
    const magnet = { ...MAGNET, infoHashV1: world.infoHash, peers: [] };
    world.command({ type: "add-magnet", start: true, magnet, root: "/downloads" });
    const found = makeEndpoint("203.0.113.50", 6_881);
    world.command({ type: "add-peers", infoHash: world.infoHash, peers: [found], source: "lsd" });
    const neighbour = world.accept([{ type: "have-all" }]);
    const info = world.torrent.metainfo.infoBytes;
    const giver = world.connect([{ type: "have-all" }, handshake(info.length)]);
    give(world, giver, info);
    world.command({
      type: "add-peers",
      infoHash: world.infoHash,
      peers: [makeEndpoint("203.0.113.51", 1)],
      source: "pex",
    });
    expect([neighbour.isClosed, giver.isClosed]).toEqual([true, false]);
    expect(world.locals).toEqual(["local-join", "local-leave"]);
    expect(Object.keys(world.status?.sources ?? {})).toEqual(["incoming"]);
  });
});
