import { BLOCK_LENGTH, makeEndpoint } from "@torrential/core";
import { encodeMessage } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import type { AddOptions } from "../session/commands.ts";
import { KIB } from "../test-support/context.ts";
import { blockMessage, type ScriptedPeer, World } from "../test-support/world.ts";

describe("swarm: greeting", () => {
  it("says have-none, have-all or a bitfield, first and once", () => {
    const greetings = [[], [0, 1, 2, 3], [1, 2]].map((pieces) => {
      const world = withPieces(pieces);
      return world.connect([{ type: "have-none" }]).received.filter(({ type }) => type !== "allowed-fast");
    });
    const bitfield = { type: "bitfield", bytes: Uint8Array.of(0b0110_0000) };
    expect(greetings).toEqual([[{ type: "have-none" }], [{ type: "have-all" }], [bitfield]]);
  });

  it("offers allowed-fast pieces that we have, and no others", () => {
    const world = withPieces([1, 2]);
    const peer = world.connect([{ type: "have-none" }]);
    const offered = peer.received.flatMap((message) => (message.type === "allowed-fast" ? [message.piece] : []));
    expect(offered.toSorted()).toEqual([1, 2]);
  });
});

describe("swarm: super-seeding (BEP 16)", () => {
  const told = (peer: ScriptedPeer): number[] =>
    peer.received.flatMap((message) => (message.type === "have" ? [message.piece] : []));

  it("looks like a peer with nothing and tells each of another piece", () => {
    const world = withPieces([0, 1, 2, 3], { superSeed: true });
    const [one, other] = [world.connect([{ type: "have-none" }]), world.connect([{ type: "have-none" }])];
    expect(one.received[0]).toEqual({ type: "have-none" });
    expect([told(one).length, told(other).length, told(one)[0] === told(other)[0]]).toEqual([1, 1, false]);
  });

  it("tells of the next piece when the last was passed on, and serves no other", () => {
    const world = withPieces([0, 1, 2, 3], { superSeed: true });
    const [one, other] = [world.connect([{ type: "have-none" }]), world.connect([{ type: "have-none" }])];
    const [piece] = told(one);
    const hidden = [0, 1, 2, 3].find((each) => each !== piece) ?? 0;
    world.say(one, encodeMessage({ type: "interested" }));
    world.say(one, encodeMessage({ type: "request", piece: hidden, begin: 0, length: BLOCK_LENGTH }));
    world.say(one, encodeMessage({ type: "request", piece: piece ?? 0, begin: 0, length: BLOCK_LENGTH }));
    const answers = one.received.flatMap(({ type }) => (type === "reject" || type === "piece" ? [type] : []));
    expect(answers).toEqual(["reject", "piece"]);
    world.say(one, encodeMessage({ type: "have", piece: piece ?? 0 }));
    world.say(other, encodeMessage({ type: "have", piece: piece ?? 0 }));
    expect(told(one)).toHaveLength(2);
  });

  it("can be switched on: who knows us as a seed is sent away, and who comes is told of one piece", () => {
    const world = withPieces([0, 1, 2, 3]);
    const before = world.connect([{ type: "have-none" }]);
    world.command({ type: "set-super-seeding", infoHash: world.infoHash, enabled: true });
    expect([before.isClosed, world.status?.isSuperSeeding]).toEqual([true, true]);
    const after = world.connect([{ type: "have-none" }]);
    expect([after.received[0], told(after).length]).toEqual([{ type: "have-none" }, 1]);
  });

  it("can be switched off: everybody hears of the rest, once", () => {
    const world = withPieces([0, 1, 2, 3], { superSeed: true });
    const peer = world.connect([{ type: "have-none" }]);
    world.say(peer, encodeMessage({ type: "have", piece: 2 }));
    world.command({ type: "set-super-seeding", infoHash: world.infoHash, enabled: false });
    expect(world.status?.isSuperSeeding).toBe(false);
    const heard = told(peer);
    expect(new Set([...heard, 2])).toEqual(new Set([0, 1, 2, 3]));
    expect(new Set(heard).size).toBe(heard.length);
  });

  it("is nothing for a torrent that is not whole", () => {
    const world = withPieces([0, 1, 2]);
    const peer = world.connect([{ type: "have-none" }]);
    world.command({ type: "set-super-seeding", infoHash: world.infoHash, enabled: true });
    expect([peer.isClosed, world.status?.isSuperSeeding]).toEqual([false, false]);
  });
});

describe("swarm: upload slots", () => {
  const unchoked = (world: World): number =>
    world.session.peers(world.infoHash, world.now).filter((peer) => !peer.amChoking).length;

  it("can be a number, changed while it runs, from the next rechoke on", () => {
    const world = withPieces([0, 1, 2, 3], { uploadSlots: 2 });
    const leeches = Array.from({ length: 6 }, (_, index) => world.connect([{ type: "have-none" }], `203.0.${index}.1`));
    for (const leech of leeches) world.say(leech, encodeMessage({ type: "interested" }));
    world.advance(11_000);
    expect(unchoked(world)).toBe(2);
    world.command({ type: "set-upload-slots", infoHash: world.infoHash, slots: "unlimited" });
    world.advance(11_000);
    expect(unchoked(world)).toBe(6);
    world.command({ type: "set-upload-slots", infoHash: world.infoHash, slots: 1 });
    world.advance(11_000);
    expect(unchoked(world)).toBe(1);
  });
});

describe("swarm: who stays", () => {
  it("tells peers of each piece as it passes, also who has it and may super-seed, save seeds", () => {
    const world = new World();
    world.add();
    const leech = world.connect([{ type: "have", piece: 3 }]);
    const seed = world.connectSeed();
    const haves = (peer: ScriptedPeer): readonly number[] =>
      peer.received.flatMap((message) => (message.type === "have" ? [message.piece] : [])).toSorted();
    expect([haves(leech), haves(seed)]).toEqual([[0, 1, 2, 3], []]);
  });

  it("sends a seed away once there is nothing left to ask for", () => {
    const world = new World();
    world.add();
    const seed = world.connectSeed();
    world.advance(2_000);
    expect(seed.isClosed).toBe(true);
  });

  it("breaks with a peer at its breach, and goes on with the others", () => {
    const world = new World();
    world.add();
    const rude = world.connect([{ type: "have", piece: 99 }]);
    world.connectSeed();
    expect([rude.isClosed, world.state]).toEqual([true, "seeding"]);
    const left = world.events.filter(({ type }) => type === "peer-disconnected");
    expect(left).toContainEqual(expect.objectContaining({ reason: "piece-out-of-range" }));
  });

  it("gives up a peer that breaks the protocol three times in a row", () => {
    const world = new World();
    world.add();
    addTracked(world, "192.0.2.1");
    let dials = 0;
    for (; isDialled(world); dials++) world.accept([{ type: "have", piece: 99 }]);
    expect(dials).toBe(3);
  });

  it("dials a peer again that left in peace, however often", () => {
    const world = new World();
    world.add();
    addTracked(world, "192.0.2.1");
    for (let round = 0; round < 6; round++) {
      expect(isDialled(world)).toBe(true);
      const peer = world.accept([{ type: "have-none" }]);
      world.session.handleClosed(peer.connection, "ended", world.now);
      world.run();
    }
  });

  it("sends keep-alives to a peer that is quiet on both sides", () => {
    const world = new World();
    world.add();
    const peer = world.connect([{ type: "have-none" }]);
    world.advance(60_000);
    world.say(peer, encodeMessage({ type: "keep-alive" }));
    world.advance(40_000);
    expect(peer.received.at(-1)).toEqual({ type: "keep-alive" });
    expect(peer.isClosed).toBe(false);
  });

  it("sends a silent peer away after two minutes", () => {
    const world = new World();
    world.add();
    const peer = world.connect([{ type: "have-none" }]);
    world.advance(119_000);
    expect(peer.isClosed).toBe(false);
    world.advance(2_000);
    expect(peer.isClosed).toBe(true);
  });
});

describe("swarm: bad data of several", () => {
  it("bans exactly the one whose block differed, once the piece passes", () => {
    const { world, honest, liar } = poisoned();
    expect([honest.isClosed, liar.isClosed, world.disk]).toEqual([false, false, undefined]);
    const third = world.connectSeed();
    world.advance(60_000);
    expect(world.disk).toEqual(world.torrent.payload);
    expect(world.status?.bans).toHaveLength(1);
    expect(world.events).toContainEqual(expect.objectContaining({ type: "peer-banned" }));
    const banned = world.status?.bans[0]?.key ?? "";
    expect(banned.startsWith("198.51.100.2:")).toBe(true);
    expect([liar.isClosed, third.received.length > 0]).toEqual([true, true]);
  });

  it("keeps the banned one out when it comes back", () => {
    const { world } = poisoned();
    world.connectSeed();
    world.advance(60_000);
    const again = world.connect([{ type: "have-none" }], "198.51.100.2");
    expect(again.isClosed).toBe(true);
  });
});

/** One piece of two blocks, of which the honest peer sent the first and the liar the second. */
function poisoned(): { readonly world: World; readonly honest: ScriptedPeer; readonly liar: ScriptedPeer } {
  const world = new World({ files: [{ lengthBytes: 32 * KIB }] });
  world.add();
  const honest = world.connect([{ type: "have-all" }]);
  const liar = world.connect([{ type: "have-all" }]);
  world.say(honest, encodeMessage({ type: "unchoke" }));
  world.say(honest, blockMessage(0, 0, world.truth(0, 0, BLOCK_LENGTH)));
  world.say(honest, encodeMessage({ type: "reject", piece: 0, begin: BLOCK_LENGTH, length: BLOCK_LENGTH }));
  world.say(honest, encodeMessage({ type: "choke" }));
  world.say(liar, encodeMessage({ type: "unchoke" }));
  world.say(liar, blockMessage(0, BLOCK_LENGTH, new Uint8Array(BLOCK_LENGTH)));
  world.say(liar, encodeMessage({ type: "choke" }));
  return { world, honest, liar };
}

/** Whether somebody is dialled within ten minutes; then time stands at the dial. */
function isDialled(world: World): boolean {
  for (let second = 0; second < 600 && world.dialled.length === 0; second++) world.advance(1_000);
  return world.dialled.length > 0;
}

function addTracked(world: World, address: string): void {
  const peers = [makeEndpoint(address, 6_881)];
  world.command({ type: "add-peers", infoHash: world.infoHash, peers, source: "tracker" });
}

function withPieces(pieces: readonly number[], options: Pick<AddOptions, "superSeed" | "uploadSlots"> = {}): World {
  const world = new World();
  if (pieces.length > 0) world.disk = new Uint8Array(world.torrent.payload.length);
  const { pieceLength } = world.torrent.metainfo;
  for (const piece of pieces) world.disk?.set(world.truth(piece, 0, pieceLength), piece * pieceLength);
  world.add(options);
  return world;
}
