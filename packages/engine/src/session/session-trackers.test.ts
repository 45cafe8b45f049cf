import type { AnnounceCommand } from "../ports/announce.ts";
import { makeEndpoint } from "@torrential/core";
import type { PortMapping } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import { World } from "../test-support/world.ts";

const A = "https://a.example/announce";
const B = "https://b.example/announce";
const OURS = "45.67.89.10";

describe("session: trackers and our address", () => {
  it("counts what trackers say as votes, and tells them of a changed address", () => {
    const world = start([[A], [B]], "tiers");
    for (const [index, command] of world.announces.entries())
      answer(world, command, { from: `1.1.${index}.1`, is: OURS });
    expect(world.session.reachability(0).externalAddresses).toMatchObject([{ address: OURS, sources: ["tracker"] }]);
    const before = world.announces.length;
    for (const i of [5, 6, 7])
      world.command({ type: "vote-external-address", address: "45.67.89.99", source: "dht", voter: `2.2.${i}.2` });
    world.advance(60_000);
    expect(world.announces.slice(before).map(({ url, event }) => [url, event])).toEqual([
      [A, "none"],
      [B, "none"],
    ]);
  });

  it("says how it knows that peers reach us", () => {
    const world = start([], "first");
    expect(world.session.reachability(0).status).toBe("unknown");
    const mapping: PortMapping = {
      protocol: "tcp",
      internalPort: 1,
      externalPort: 2,
      externalAddress: OURS,
      method: "pcp",
      problem: undefined,
    };
    world.command({ type: "set-port-mappings", mappings: [mapping] });
    expect(world.session.reachability(0)).toMatchObject({ status: "probably-reachable", mappings: [mapping] });
    world.connect([], "81.2.3.4");
    expect(world.session.reachability(world.now)).toMatchObject({
      status: "reachable",
      because: "a peer connected from 81.2.3.4",
    });
  });

  it("edits trackers and announces on command", () => {
    const world = start([[A]], "first");
    const [first] = world.announces;
    if (first !== undefined) answer(world, first, {});
    const { infoHash } = world;
    world.command({ type: "set-trackers", infoHash, trackers: [[B]] });
    world.advance(0);
    expect(world.announces.slice(1).map(({ url, event }) => [url, event])).toEqual([
      [A, "stopped"],
      [B, "started"],
    ]);
    world.command({ type: "add-trackers", infoHash, trackers: [[A]] });
    expect(world.status?.trackers.map(({ url, tier }) => [url, tier])).toEqual([
      [B, 0],
      [A, 1],
    ]);
    world.command({ type: "remove-tracker", infoHash, url: B });
    expect(world.status?.trackers.map(({ url }) => url)).toEqual([A]);
  });

  it("takes the peers that a tracker names", () => {
    const world = start([[A]], "first");
    const [first] = world.announces;
    if (first !== undefined) answer(world, first, { peers: [makeEndpoint("81.2.3.4", 6881)] });
    expect(world.status).toMatchObject({ knownPeers: 1, trackers: [{ state: "working", peers: 1 }] });
  });
});

describe("a private torrent (BEP 27)", () => {
  it.each([
    { isPrivate: true, next: B, connected: 0, known: 1 },
    { isPrivate: true, next: "udp://a.example:6969/announce", connected: 2, known: 3 },
    { isPrivate: false, next: B, connected: 2, known: 3 },
  ])("has the peers of one tracker at a time: $isPrivate, $next", ({ isPrivate, next, connected, known }) => {
    const world = new World({ isPrivate });
    world.add({ trackers: [[A]], announceTo: "first" });
    world.advance(0);
    const [first] = world.announces;
    if (first !== undefined) answer(world, first, {});
    world.connect([], "81.2.3.4");
    world.connect([], "81.2.3.5");
    const { infoHash } = world;
    world.command({ type: "set-trackers", infoHash, trackers: [[next]] });
    world.advance(0);
    const second = world.announces.at(-1);
    if (second !== undefined) answer(world, second, { peers: [makeEndpoint("81.2.3.6", 6881)] });
    expect(world.status).toMatchObject({ peers: connected, knownPeers: known });
    expect(world.dialled.map(({ endpoint }) => endpoint.address)).toContain("81.2.3.6");
  });
});

function start(trackers: readonly (readonly string[])[], announceTo: "first" | "tiers"): World {
  const world = new World();
  world.add({ trackers, announceTo });
  world.advance(0);
  return world;
}

function answer(
  world: World,
  command: AnnounceCommand,
  said: { readonly from?: string; readonly is?: string; readonly peers?: readonly ReturnType<typeof makeEndpoint>[] },
): void {
  const counts = { seeders: 1, leechers: 0, downloaded: undefined };
  const words = { trackerId: undefined, warning: undefined, externalIp: said.is, peers: said.peers ?? [] };
  const response = { intervalSeconds: 1_800, minIntervalSeconds: undefined, ...counts, ...words };
  world.session.handleAnnounced(command.request, { ok: true, response, from: said.from }, world.now);
  world.run();
}
