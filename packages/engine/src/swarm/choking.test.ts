import { Bitfield, makeEndpoint } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PiecePicker } from "../picker/picker.ts";
import type { ConnectionId } from "../ports/network.ts";
import { makeContext } from "../test-support/context.ts";
import { makePeer, makeRevealing, written } from "../test-support/peers.ts";
import { Uploads } from "../torrent/uploads.ts";
import { Choking } from "./choking.ts";
import type { Peer } from "./peer.ts";

describe("choking", () => {
  it("lets an interested peer in at once while there is room", () => {
    const { choking, peers, add } = start();
    const peer = add();
    peer.peerInterested = true;
    choking.handleInterest(peer, peers, 500);
    expect([peer.amChoking, peer.unchokedAt, written(peer)]).toEqual([false, 500, [{ type: "unchoke" }]]);
  });

  it("gives a slot that became free to who waits", () => {
    const { choking, peers, add } = start();
    const all = Array.from({ length: 30 }, () => add());
    for (const peer of all) interest(choking, peer, peers);
    const waiting = all.filter((peer) => peer.amChoking);
    const gone = all.find((peer) => !peer.amChoking)!;
    expect(waiting.length).toBeGreaterThan(0);
    peers.delete(gone.connection);
    choking.handleGone(peers, 1);
    expect(waiting.filter((peer) => !peer.amChoking)).toHaveLength(1);
  });

  it("decides anew every ten seconds and says each choke and unchoke once", () => {
    const { choking, peers, add } = start();
    const all = Array.from({ length: 30 }, () => add());
    for (const peer of all) peer.peerInterested = true;
    choking.handleTimeout(peers, { isSeed: false }, 10_000);
    const unchoked = all.filter((peer) => !peer.amChoking);
    for (const peer of unchoked) expect(written(peer)).toEqual([{ type: "unchoke" }]);
    choking.handleTimeout(peers, { isSeed: false }, 19_999);
    expect(all.every((peer) => peer.writer.byteLength === 0)).toBe(true);
  });

  it("chokes who lost interest when others wait, and ends what it had asked for", () => {
    const { choking, peers, add } = start({ fast: true });
    const all = Array.from({ length: 30 }, () => add());
    for (const peer of all) peer.peerInterested = true;
    choking.handleTimeout(peers, { isSeed: true }, 10_000);
    const bored = all.find((peer) => !peer.amChoking)!;
    bored.peerInterested = false;
    bored.requests.push({ piece: 0, begin: 0, length: 100 });
    written(bored);
    choking.handleTimeout(peers, { isSeed: true }, 20_000);
    expect([bored.amChoking, bored.requests]).toEqual([true, []]);
    expect(written(bored)).toEqual([{ type: "choke" }, { type: "reject", piece: 0, begin: 0, length: 100 }]);
  });

  it("lets neighbours at home in side by side", () => {
    const { choking, peers, add } = start();
    const home = Array.from({ length: 3 }, (_, index) => add(`192.168.1.${index + 1}`));
    for (const peer of home) interest(choking, peer, peers);
    expect(home.map((peer) => peer.amChoking)).toEqual([false, false, false]);
  });
});

interface World {
  readonly choking: Choking;
  readonly peers: Map<ConnectionId, Peer>;
  readonly add: (address?: string) => Peer;
}

function start(options: { readonly fast?: boolean } = {}): World {
  const { context } = makeContext();
  const have = new Bitfield(context.geometry.pieceCount);
  const picker = new PiecePicker({ geometry: context.geometry, have, random: context.random });
  const uploads = new Uploads(context, picker.have, makeRevealing(context));
  const choking = new Choking({ random: context.random, uploads, lengthBytes: 1e9 });
  const peers = new Map<ConnectionId, Peer>();
  const add = (address?: string): Peer => {
    const connection = peers.size + 1;
    const peer = makePeer(context, picker, { connection, ...options });
    const endpoint = makeEndpoint(address ?? `203.0.${connection}.1`, 6_881);
    peers.set(connection, Object.assign(peer, { endpoint }));
    return peer;
  };
  return { choking, peers, add };
}

function interest(choking: Choking, peer: Peer, peers: ReadonlyMap<ConnectionId, Peer>): void {
  peer.peerInterested = true;
  choking.handleInterest(peer, peers, 0);
}
