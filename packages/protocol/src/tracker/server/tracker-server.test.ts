import { infoHashFromBytes, type InfoHash, makeEndpoint, type Endpoint } from "@torrential/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildAnnounceUrl, buildScrapeUrl, parseAnnounceResponse, parseScrapeResponse } from "../http.ts";
import type { AnnounceRequest } from "../types.ts";
import { UdpTrackerMachine, type UdpTrackerOutput } from "../udp.ts";
import { TrackerServer, type TrackerServerOptions } from "./tracker-server.ts";

const HASH = infoHashFromBytes(new Uint8Array(20).fill(7));
const HOUR_MS = 3_600_000;

describe("tracker server over HTTP", () => {
  it("introduces peers of both families to each other, and counts them", () => {
    const { http } = start();
    http("10.0.0.1", { port: 1, left: 0 });
    http("2001:db8::2", { port: 2 });
    const answer = http("10.0.0.3", { port: 3 });
    expect(answer.peers.toSorted((a, b) => a.port - b.port)).toEqual([
      makeEndpoint("10.0.0.1", 1),
      makeEndpoint("2001:db8::2", 2),
    ]);
    expect(answer).toMatchObject({ seeders: 1, leechers: 2, intervalSeconds: 1_800, externalIp: "10.0.0.3" });
  });

  it("does not introduce seeds to seeds, nor anybody to themselves", () => {
    const { http } = start();
    http("10.0.0.1", { port: 1, left: 0 });
    expect(http("10.0.0.2", { port: 2, left: 0 }).peers).toEqual([]);
    expect(http("10.0.0.2", { port: 2, left: 0 }).peers).toEqual([]);
  });

  it("counts a completion once, and forgets who stopped", () => {
    const { http, scrape } = start();
    http("10.0.0.1", { port: 1 });
    http("10.0.0.1", { port: 1, left: 0, event: "completed" });
    http("10.0.0.1", { port: 1, left: 0, event: "completed" });
    expect(scrape()).toMatchObject({ seeders: 1, leechers: 0, downloaded: 1 });
    expect(http("10.0.0.1", { port: 1, left: 0, event: "stopped" }).peers).toEqual([]);
    expect(scrape()).toMatchObject({ seeders: 0, leechers: 0, downloaded: 1 });
  });

  it("forgets who was silent for more than two intervals", () => {
    const { http, scrape, server } = start();
    http("10.0.0.1", { port: 1 }, 0);
    http("10.0.0.2", { port: 2 }, HOUR_MS);
    server.handleTimeout(1.2 * HOUR_MS);
    expect(scrape()).toMatchObject({ leechers: 1 });
    server.handleTimeout(3 * HOUR_MS);
    expect(server.stats.peers).toBe(0);
    server.handleTimeout(4 * HOUR_MS);
    expect(server.nextTimeout()).toBeUndefined();
  });

  it("gives as many peers as are wanted, 200 at most", () => {
    const { http } = start();
    for (let i = 1; i <= 300; i++) http(`10.0.${i >> 8}.${i & 255}`, { port: i, numWant: 0 });
    expect(http("10.1.0.1", { port: 1, numWant: 5 }).peers).toHaveLength(5);
    expect(http("10.1.0.1", { port: 1, numWant: 1_000 }).peers).toHaveLength(200);
  });

  it("answers in the long form, with ids and without", () => {
    const { server, target } = start();
    server.handleHttp(target({ port: 1 }), "10.0.0.1", 0);
    const long = (change: (text: string) => string): string =>
      new TextDecoder("latin1").decode(server.handleHttp(change(target({ port: 2 })), "10.0.0.2", 0).body);
    const text = long((url) => url.replace("compact=1", "compact=0"));
    expect(text).toContain("d2:ip8:10.0.0.14:porti1ee");
    expect(text).not.toContain("peer id");
    expect(long((url) => url.replace("compact=1&no_peer_id=1", "compact=0"))).toContain("7:peer id20:");
  });

  it("ignores an address that a client claims", () => {
    const { server, target, http } = start();
    server.handleHttp(`${target({ port: 1 })}&ip=192.0.2.1&ipv4=192.0.2.1`, "10.0.0.1", 0);
    expect(http("10.0.0.2", { port: 2 }).peers).toEqual([makeEndpoint("10.0.0.1", 1)]);
  });

  it.each([
    ["no info_hash", (url: string) => url.replace("info_hash", "x"), "info_hash"],
    ["a short info_hash", (url: string) => url.replace("info_hash=%07", "info_hash="), "info_hash"],
    ["no peer_id", (url: string) => url.replace("peer_id", "x"), "peer_id"],
    ["port 0", (url: string) => url.replace("port=1&", "port=0&"), "port"],
    ["port 70000", (url: string) => url.replace("port=1&", "port=70000&"), "port"],
    ["a number that is none", (url: string) => url.replace("left=5", "left=x"), "left"],
    ["a broken escape", (url: string) => url.replace("%07", "%zz"), "escape"],
    ["too many parameters", (url: string) => url + "&a=b".repeat(200), "too many"],
    ["too much", (url: string) => url + "x".repeat(10_000), "too long"],
    ["a scrape of everything", () => "/scrape", "name"],
    ["a scrape of too many", () => `/scrape?${`info_hash=${"a".repeat(20)}&`.repeat(80)}`, "74"],
  ])("refuses %s", (_, change, words) => {
    const { server, target } = start();
    const { body } = server.handleHttp(change(target({ port: 1 })), "10.0.0.1", 0);
    expect(() => parseAnnounceResponse(body)).toThrow(words);
    expect(server.stats).toMatchObject({ refused: 1, peers: 0 });
  });

  it("has nothing at other paths", () => {
    const { server } = start();
    for (const path of ["/", "/announces", "/rpc", "", "/announce/x?a"])
      expect(server.handleHttp(path, "10.0.0.1", 0).status).toBe(404);
  });

  it("tracks only what is allowed", () => {
    const { http } = start({ allowed: new Set<InfoHash>() });
    expect(() => http("10.0.0.1", { port: 1 })).toThrow("not tracked");
  });

  it("limits what one address asks, and says when it may again", () => {
    const { http } = start({ ratePerSecond: 1 });
    for (let i = 0; i < 40; i++) http("10.0.0.1", { port: 1 });
    expect(() => http("10.0.0.1", { port: 1 })).toThrow(expect.objectContaining({ retryInSeconds: 60 }));
    expect(http("10.0.0.2", { port: 1 }).peers).toHaveLength(1);
    expect(http("10.0.0.1", { port: 1 }, 2_000).peers).toHaveLength(1);
  });

  it("stays within its bounds, and makes room of empty swarms", () => {
    const { server, target } = start({ torrentsMax: 3, peersPerTorrentMax: 2, peersMax: 5 });
    const announce = (hash: number, port: number, event: AnnounceRequest["event"] = "none"): string => {
      const infoHash = new Uint8Array(20).fill(hash);
      const url = target({ port, infoHash, event, left: event === "completed" ? 0 : 1 });
      return new TextDecoder("latin1").decode(server.handleHttp(url, "10.0.0.1", 0).body);
    };
    for (const port of [1, 2]) expect(announce(1, port)).toContain("interval");
    expect(announce(1, 3)).toContain("as many peers");
    for (const hash of [2, 3]) expect(announce(hash, 1)).toContain("interval");
    expect(announce(4, 1)).toContain("as many torrents");
    announce(2, 1, "completed");
    announce(2, 1, "stopped");
    expect(announce(4, 1)).toContain("interval");
    expect(server.stats).toMatchObject({ torrents: 3, peers: 4 });
  });

  it("keeps its books right, whatever is announced in whatever order", () => {
    const event = fc.constantFrom("none", "started", "stopped", "completed") as fc.Arbitrary<AnnounceRequest["event"]>;
    const step = fc.record({ peer: fc.nat(5), left: fc.nat(1), event });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { http, scrape, server } = start();
        const model = new Map<number, number>();
        for (const { peer, left, event: each } of steps) {
          const answer = http(`10.0.0.${peer + 1}`, { port: 1, left, event: each });
          if (each === "stopped") model.delete(peer);
          else model.set(peer, left);
          const others = [...model.keys()].filter((other) => other !== peer);
          const wanted = each === "stopped" ? [] : others.filter((other) => left > 0 || (model.get(other) ?? 0) > 0);
          expect(answer.peers.map(({ address }) => address).toSorted()).toEqual(
            wanted.map((other) => `10.0.0.${other + 1}`).toSorted(),
          );
        }
        const seeders = [...model.values()].filter((left) => left === 0).length;
        expect(scrape()).toMatchObject({ seeders, leechers: model.size - seeders });
        expect(server.stats).toMatchObject({ peers: model.size, seeders });
      }),
    );
  });
});

describe("tracker server over UDP", () => {
  it.each([
    [4, "10.0.0.1", "10.0.0.2"],
    [6, "2001:db8::1", "2001:db8::2"],
  ] as const)("introduces and scrapes over IPv%i, and hears the URL data", (family, first, second) => {
    const { server, http, udp } = start();
    http(family === 4 ? "2001:db8::9" : "10.0.0.9", { port: 9 });
    const urlData = `/announce?passkey=${"k".repeat(300)}`;
    udp(makeEndpoint(first, 5_000), urlData, (machine) => machine.handleAnnounce(1, request({ port: 1, left: 0 }), 0));
    const [answer] = udp(makeEndpoint(second, 5_000), "", (machine) =>
      machine.handleAnnounce(1, request({ port: 2 }), 0),
    );
    expect(answer).toMatchObject({
      type: "announced",
      response: { peers: [makeEndpoint(first, 1)], seeders: 1, leechers: 2 },
    });
    const seen = [server.poll(), server.poll(), server.poll()];
    expect(seen[1]).toMatchObject({ over: "udp", request: { urlData } });
    const [scraped] = udp(makeEndpoint(second, 5_000), "", (machine) =>
      machine.handleScrape(1, [new Uint8Array(20).fill(7), new Uint8Array(20)], 0),
    );
    expect(scraped?.type === "scraped" && [...scraped.entries.values()]).toMatchObject([
      { seeders: 1, leechers: 2 },
      { seeders: 0, leechers: 0 },
    ]);
  });

  it("takes a connection id from the address that it was given to, for two minutes", () => {
    const { server } = start();
    const from = makeEndpoint("10.0.0.1", 5_000);
    const connect = Uint8Array.of(0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0, 1, 2, 3, 4);
    const connected = server.handleDatagram(connect, from, 0) ?? new Uint8Array();
    expect(connected).toHaveLength(16);
    const scrape = new Uint8Array(36);
    scrape.set(connected.subarray(8), 0);
    scrape[11] = 2;
    const actionOf = (at: Endpoint, now: number): number | undefined => server.handleDatagram(scrape, at, now)?.[3];
    expect(actionOf(from, 119_000)).toBe(2);
    expect(actionOf(makeEndpoint("10.0.0.2", 5_000), 0)).toBe(3);
    expect(actionOf(from, 300_000)).toBe(3);
  });

  it("never sends more than it got to an address that has shown nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const answer = start().server.handleDatagram(bytes, makeEndpoint("10.0.0.1", 1), 0);
        expect(answer?.length ?? 0).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });

  it("says why it refuses", () => {
    const { udp } = start({ allowed: new Set() });
    const [answer] = udp(makeEndpoint("10.0.0.1", 1), "", (machine) => machine.handleAnnounce(1, request({}), 0));
    expect(answer).toMatchObject({ type: "failed", error: { message: "this torrent is not tracked here" } });
  });
});

function request(change: Partial<AnnounceRequest>): AnnounceRequest {
  const counts = { uploaded: 0, downloaded: 0, left: 5, numWant: 200, key: 1 };
  const infoHash = new Uint8Array(20).fill(7);
  return { infoHash, peerId: new Uint8Array(20).fill(65), port: 1, event: "none", ...counts, ...change };
}

function start(options: TrackerServerOptions = {}) {
  let seed = 0;
  const random = (): number => (seed = (seed + 0.37) % 1);
  const server = new TrackerServer(options, { random, secret: new Uint8Array(32).fill(1) });
  const pathOf = (url: string | undefined): string => (url ?? "").replace("http://t", "");
  const target = (change: Partial<AnnounceRequest>): string =>
    pathOf(buildAnnounceUrl("http://t/announce", request(change)));
  const http = (address: string, change: Partial<AnnounceRequest>, now = 0) =>
    parseAnnounceResponse(server.handleHttp(target(change), address, now).body);
  const scrape = () => {
    const url = pathOf(buildScrapeUrl("http://t/announce", [new Uint8Array(20).fill(7)]));
    return parseScrapeResponse(server.handleHttp(url, "10.9.9.9", 0).body).get(HASH);
  };
  const udp = (from: Endpoint, urlData: string, ask: (machine: UdpTrackerMachine) => void): UdpTrackerOutput[] => {
    const machine = new UdpTrackerMachine({ family: from.family, urlData }, { random });
    const results: UdpTrackerOutput[] = [];
    ask(machine);
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
      if (output.type !== "send") results.push(output);
      else machine.handleDatagram(server.handleDatagram(output.bytes, from, 0) ?? new Uint8Array(), 0);
    }
    return results;
  };
  return { server, target, http, scrape, udp };
}
