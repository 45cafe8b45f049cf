import { type Endpoint, makeEndpoint } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../test-support/context.ts";
import { makeKnown } from "../test-support/peers.ts";
import { type KnownPeer, PeerList, type PeerSource } from "./peer-list.ts";
import { peerPriority } from "./priority.ts";

const ALL = { skipSeeds: false, isAlone: false };
const HOUR_MS = 3_600_000;

describe("peer list", () => {
  it("takes each endpoint once", () => {
    const list = makeList();
    expect(list.add(at(1), "tracker", 0)).toBe(true);
    expect(list.add(at(1), "pex", 0)).toBe(false);
    expect(list.size).toBe(1);
  });

  it.each(["tracker", "pex", "dht", "lsd", "resume"] as const)("lets %s fill 40 %% of it at most", (source) => {
    const list = makeList();
    for (let index = 0; index < 1_300; index++) list.add(at(index), source, 0);
    expect(list.size).toBe(1_200);
    expect(list.add(at(5_000), "user", 0)).toBe(true);
  });

  it("stays within three thousand whatever the sources say", () => {
    const list = makeList();
    const sources: readonly PeerSource[] = ["tracker", "pex", "dht", "lsd"];
    for (let index = 0; index < 8_000; index++) list.add(at(index), sources[index % 4]!, 0);
    expect(list.size).toBe(3_000);
  });

  it.each([22, 25, 53, 6_667])("never lets others send us to port %i, but our user may", (port) => {
    const list = makeList();
    const endpoint = makeEndpoint("192.0.2.1", port);
    expect(list.add(endpoint, "pex", 0)).toBe(false);
    expect(list.add(endpoint, "tracker", 0)).toBe(false);
    expect(list.add(endpoint, "user", 0)).toBe(true);
  });

  it("offers the least failed first, no more than asked for, and none that is busy", () => {
    const list = makeList();
    const [one, two, three] = [1, 2, 3].map((index) => added(list, at(index)));
    list.handleDisconnected(one!, { failed: true }, -200_000);
    list.handleDialled(three!);
    expect(list.candidates(5, 0, ALL)).toEqual([two, one]);
    expect(list.candidates(1, 0, ALL)).toEqual([two]);
    expect(list.candidates(0, 0, ALL)).toEqual([]);
    expect(list.candidates(-3, 0, ALL)).toEqual([]);
  });

  it("is in a hurry while nobody is connected", () => {
    const list = makeList();
    const one = added(list, at(1))!;
    list.handleDisconnected(one, { failed: true }, 0);
    const alone = { skipSeeds: false, isAlone: true };
    expect([list.candidates(1, 9_999, alone), list.nextRetryAt(alone)]).toEqual([[], 10_000]);
    expect([list.candidates(1, 10_000, ALL), list.candidates(1, 10_000, alone)]).toEqual([[], [one]]);
  });

  it("leaves a peer alone for a minute after it left, longer after each failure, and after three for good", () => {
    const list = makeList();
    const peer = added(list, at(1));
    list.handleDisconnected(peer, { failed: false }, 0);
    expect(list.nextRetryAt(ALL)).toBe(60_000);
    expect(list.candidates(1, 59_999, ALL)).toEqual([]);
    expect(list.candidates(1, 60_000, ALL)).toEqual([peer]);
    for (const wanted of [60_000, 120_000, undefined]) {
      list.handleDisconnected(peer, { failed: true }, 0);
      expect(list.nextRetryAt(ALL)).toBe(wanted);
    }
    expect(list.candidates(1, HOUR_MS, ALL)).toEqual([]);
  });

  it("skips seeds when asked to, in what it offers and in when", () => {
    const list = makeList();
    added(list, at(1)).isSeed = true;
    expect(list.candidates(5, 0, { skipSeeds: true, isAlone: false })).toEqual([]);
    expect(list.nextRetryAt({ skipSeeds: true, isAlone: false })).toBeUndefined();
    expect(list.candidates(5, 0, ALL)).toHaveLength(1);
  });

  it("never dials who came to us, and forgets them when they leave", () => {
    const list = makeList();
    list.welcome(at(1), 0);
    expect([list.candidates(5, 0, ALL), list.nextRetryAt(ALL)]).toEqual([[], undefined]);
    list.handleDisconnected(list.get(at(1)) as KnownPeer, { failed: false }, 0);
    expect(list.size).toBe(0);
  });
});

describe("peers that came to us", () => {
  const listener = makeEndpoint("192.0.2.9", 6_881);
  const arrive = (list: PeerList): KnownPeer => {
    const known = list.welcome(makeEndpoint("192.0.2.9", 50_001), 0);
    list.handleConnected(known);
    return known;
  };

  it("may be dialled where they listen when they have gone, and not before", () => {
    const list = makeList();
    const known = arrive(list);
    list.handleListenPort(known, 6_881, 0);
    expect(list.candidates(5, 0, ALL)).toEqual([]);
    list.handleDisconnected(known, { failed: false }, 0);
    expect([list.size, list.candidates(5, 59_999, ALL)]).toEqual([1, []]);
    expect(list.candidates(5, 60_000, ALL).map(({ endpoint }) => endpoint)).toEqual([listener]);
  });

  it("keep others' word for the same endpoint from being dialled meanwhile", () => {
    const list = makeList();
    list.add(listener, "tracker", 0);
    list.handleListenPort(arrive(list), 6_881, 0);
    expect(list.candidates(5, 0, ALL)).toEqual([]);
    expect(list.sources()).toEqual({ tracker: { known: 1, connected: 1 } });
  });

  it("cannot make us knock at a port of another service", () => {
    const list = makeList();
    const known = arrive(list);
    list.handleListenPort(known, 25, 0);
    list.handleDisconnected(known, { failed: false }, 0);
    expect(list.size).toBe(0);
  });
});

describe("whom to dial", () => {
  it("is by canonical priority (BEP 40) when our address is known", () => {
    const list = makeList();
    const own = makeEndpoint("123.213.32.10", 6_881);
    const peers = ["98.76.54.32", "203.0.113.5", "8.8.8.8", "192.0.2.1"].map((ip) => makeEndpoint(ip, 1_000));
    for (const peer of peers) list.add(peer, "tracker", 0);
    const wanted = peers.toSorted((a, b) => peerPriority(own, b) - peerPriority(own, a));
    expect(list.candidates(9, 0, ALL, [own]).map(({ endpoint }) => endpoint)).toEqual(wanted);
  });

  it("is never ourselves", () => {
    const list = makeList();
    list.add(at(1), "pex", 0);
    expect([list.candidates(9, 0, ALL, [at(1)]), list.size, list.nextRetryAt(ALL)]).toEqual([[], 0, undefined]);
  });

  it("is one port of an address at a time, but for those that the user named", () => {
    const list = makeList();
    const ports = [1_001, 1_002, 1_003].map((port) => makeEndpoint("192.0.2.1", port));
    for (const port of ports) list.add(port, "pex", 0);
    const [first] = list.candidates(9, 0, ALL);
    expect(list.candidates(9, 0, ALL)).toHaveLength(1);
    if (first !== undefined) list.handleDialled(first);
    expect([list.candidates(9, 0, ALL), list.nextRetryAt(ALL)]).toEqual([[], undefined]);
    list.add(makeEndpoint("192.0.2.1", 1_004), "user", 0);
    expect(list.candidates(9, 0, ALL)).toHaveLength(1);
  });

  it("makes room for new ones by forgetting who failed for good", () => {
    const list = makeList();
    for (let index = 0; index < 1_200; index++) list.add(at(index), "pex", 0);
    expect(list.add(at(2_000), "pex", 0)).toBe(false);
    const bad = list.get(at(7)) as KnownPeer;
    for (let i = 0; i < 3; i++) list.handleDisconnected(bad, { failed: true }, 0);
    expect([list.add(at(2_000), "pex", 0), list.get(at(7)), list.size]).toEqual([true, undefined, 1_200]);
  });
});

describe("bans", () => {
  it("hold for an hour, for that port only", () => {
    const list = makeList();
    list.ban(at(1), "bad block", 0);
    expect([list.isBanned(at(1), HOUR_MS - 1), list.isBanned(at(1), HOUR_MS)]).toEqual([true, false]);
    list.ban(at(2), "bad block", 0);
    expect(list.isBanned(at(3), 0)).toBe(false);
  });

  it.each(["192.0.2.7", "2001:db8::7"])("hold for the whole address %s after three of its ports", (address) => {
    const list = makeList();
    for (const port of [2_001, 2_002]) list.ban(makeEndpoint(address, port), "bad block", 0);
    expect(list.isBanned(makeEndpoint(address, 9_999), 1)).toBe(false);
    list.ban(makeEndpoint(address, 2_003), "bad block", 0);
    expect(list.isBanned(makeEndpoint(address, 9_999), 1)).toBe(true);
    expect(list.isBanned(makeEndpoint("192.0.2.77", 9_999), 1)).toBe(false);
  });

  it("do not add up over expired ones", () => {
    const list = makeList();
    const ports = [2_001, 2_002, 2_003].map((port) => makeEndpoint("192.0.2.7", port));
    list.ban(ports[0]!, "bad block", 0);
    list.ban(ports[1]!, "bad block", 0);
    list.ban(ports[2]!, "bad block", HOUR_MS);
    expect(list.isBanned(makeEndpoint("192.0.2.7", 9_999), HOUR_MS)).toBe(false);
    expect(list.bans(HOUR_MS)).toHaveLength(1);
  });

  it("keep a peer out of the list and out of the dials until they end", () => {
    const list = makeList();
    const peer = added(list, at(1));
    list.ban(at(1), "bad block", 0);
    list.ban(at(2), "bad block", 0);
    expect(list.add(at(2), "tracker", 1)).toBe(false);
    expect(list.candidates(5, 1, ALL)).toEqual([]);
    expect(list.nextRetryAt(ALL)).toBe(HOUR_MS);
    expect(list.candidates(5, HOUR_MS, ALL)).toEqual([peer]);
  });

  it("can be lifted", () => {
    const list = makeList();
    list.ban(at(1), "bad block", 0);
    expect(list.unban("192.0.2.1:1025")).toBe(false);
    const [ban] = list.bans(1);
    expect(list.unban(ban?.key ?? "")).toBe(true);
    expect(list.isBanned(at(1), 1)).toBe(false);
  });

  it("come with the first strike, and with the second for those with eight good pieces", () => {
    const list = makeList();
    const unknown = added(list, at(1));
    const strike = (peer: KnownPeer): number => list.strike(peer, "bad piece", 0).length;
    expect(strike(unknown)).toBe(1);
    const proven = added(list, at(2));
    proven.goodPieces = 8;
    expect([1, 2].map(() => strike(proven))).toEqual([0, 1]);
    expect(list.isBanned(at(2), 1)).toBe(true);
  });
});

describe("bans of an address that several share", () => {
  const ports = [2_001, 2_002, 2_003].map((port) => makeEndpoint("192.0.2.7", port));
  const neighbour = makeEndpoint("192.0.2.7", 9_999);

  it("are not made where one of them is proven honest, and end when one is", () => {
    const list = makeList();
    for (const port of ports) list.ban(port, "bad block", 0);
    expect(list.isBanned(neighbour, 1)).toBe(true);
    list.credit(makeKnown(neighbour));
    expect([neighbour, ...ports].map((endpoint) => list.isBanned(endpoint, 1))).toEqual([false, true, true, true]);
    list.ban(makeEndpoint("192.0.2.7", 2_004), "bad block", 1);
    expect(list.isBanned(neighbour, 2)).toBe(false);
  });

  it("say their reason, how long they hold and what lifts them, once each", () => {
    const list = makeList();
    const made = [...ports, ...ports].flatMap((port) => list.ban(port, "bad block", 0));
    expect(made.map(({ key }) => key)).toEqual(["192.0.2.7:2001", "192.0.2.7:2002", "192.0.2.7:2003", "192.0.2.7"]);
    expect(list.bans(60_000)[0]).toEqual({ key: "192.0.2.7:2001", reason: "bad block", expiresInMs: HOUR_MS - 60_000 });
  });

  it("forget what they were for when they are lifted", () => {
    const list = makeList();
    const [first = neighbour, second = neighbour, third = neighbour] = ports;
    for (const port of [first, second]) list.strike(added(list, port), "bad piece", 0);
    expect(list.strike(added(list, third), "bad piece", 0)).toMatchObject([
      { key: "192.0.2.7:2003" },
      { key: "192.0.2.7" },
    ]);
    expect(list.unban("192.0.2.7")).toBe(true);
    expect(ports.map((port) => list.isBanned(port, 1))).toEqual([false, false, false]);
    const fourth = makeEndpoint("192.0.2.7", 2_004);
    expect(list.strike(added(list, fourth), "bad piece", 0)).toMatchObject([{ key: "192.0.2.7:2004" }]);
  });
});

function makeList(): PeerList {
  return new PeerList(seededRandom(3));
}

function at(index: number): Endpoint {
  return makeEndpoint(`198.${18 + (index >>> 16)}.${(index >>> 8) & 255}.${index & 255}`, 20_000);
}

function added(list: PeerList, endpoint: Endpoint): KnownPeer {
  list.add(endpoint, "tracker", 0);
  return list.get(endpoint) as KnownPeer;
}
