import { makeEndpoint } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { Limits } from "./limits.ts";
import type { BandwidthNode } from "./node.ts";
import { GrantLog } from "./simulation.ts";

const SECOND = 1000;
const LAN = makeEndpoint("192.168.1.7", 6881);
const LAN_TOO = makeEndpoint("10.0.0.9", 6881);
const WAN = makeEndpoint("93.184.216.34", 6881);
const WAN_TOO = makeEndpoint("93.184.216.35", 6881);

/** Greedy uploaders on the tree: bytes a second, by node, from two seconds after `act` on. */
function measure(limits: Limits, nodes: readonly BandwidthNode[], act: (now: number) => void = () => {}): number[] {
  const logs = new Map(nodes.map((node) => [node, new GrantLog()]));
  const { service } = limits;
  let now = 0;
  const pump = (node: BandwidthNode): void => {
    for (let asked = 0; asked < 50; asked++) {
      const answer = service.reserve(node, "up", 16_384, now);
      if (answer.type === "waiting") return;
      logs.get(node)?.add(now, answer.bytes);
    }
  };
  const settle = (): void => {
    for (let ready = service.takeReady(); ready.length > 0; ready = service.takeReady()) ready.forEach(pump);
  };
  act(now);
  for (; now < 12 * SECOND; now += 20) {
    service.handleTimeout(now);
    nodes.forEach(pump);
    settle();
  }
  return nodes.map(
    (node) => (logs.get(node)?.windows({ lengthMs: 10 * SECOND, from: 2 * SECOND, to: 12 * SECOND }).most ?? 0) / 10,
  );
}

describe("limits by group", () => {
  it("bind all torrents of a tag together, whenever they got it", () => {
    const limits = new Limits();
    const torrents = ["a", "b", "c"].map((name) => limits.addTorrent(name, []));
    const peers = torrents.map((torrent, index) =>
      limits.addPeer(torrent, { endpoint: makeEndpoint("93.184.216.34", 7000 + index), transport: "tcp" }, 0),
    );
    limits.set(limits.service.root, { up: 900_000 }, 0);
    limits.setLabels(torrents[0]!, { tags: ["iso"] });
    limits.setGroup("tag:iso", { up: 200_000 }, 0);
    limits.setLabels(torrents[1]!, { tags: ["iso", "other"] });
    const [a = 0, b = 0, c = 0] = measure(limits, peers);
    expect(a + b).toBeGreaterThan(195_000);
    expect(a + b).toBeLessThan(206_000);
    expect(c).toBeGreaterThan(680_000);
    limits.setLabels(torrents[1]!, {});
    expect(limits.groupLimits().get("tag:iso")).toEqual({ up: 200_000 });
  });

  it("bind a category's torrents, those of its subcategories too, and the trackers' of today", () => {
    const limits = new Limits();
    const torrents = ["a", "b", "c"].map((name) => limits.addTorrent(name, [["udp://old.example:80"]]));
    const peers = torrents.map((torrent) => limits.addPeer(torrent, { endpoint: WAN, transport: "tcp" }, 0));
    limits.set(limits.service.root, { up: 900_000 }, 0);
    limits.setGroup("category:linux", { up: 200_000 }, 0);
    limits.setGroup("tracker:new.example", { up: 100_000 }, 0);
    limits.setLabels(torrents[0]!, { category: "linux" });
    limits.setLabels(torrents[1]!, { category: "linux/iso" });
    limits.setTrackers(torrents[2]!, [["udp://new.example:80"]]);
    const [a = 0, b = 0, c = 0] = measure(limits, peers);
    expect((a + b) / 200_000).toBeCloseTo(1, 1);
    expect(c / 100_000).toBeCloseTo(1, 1);
  });

  it("guarantee a share to all that is in them, and lend what they leave", () => {
    const limits = new Limits();
    const torrents = Array.from({ length: 10 }, (_, index) => limits.addTorrent(`${index}`, []));
    const peers = torrents.map((torrent) => limits.addPeer(torrent, { endpoint: WAN, transport: "tcp" }, 0));
    limits.set(limits.service.root, { up: 1_000_000 }, 0);
    const strategy = { type: "guarantee-and-ceiling", guaranteeBytesPerSec: 500_000 } as const;
    limits.setGroup("tag:first", { up: strategy }, 0);
    for (const torrent of torrents.slice(0, 2)) limits.setLabels(torrent, { tags: ["first"] });
    const rates = measure(limits, peers);
    const inGroup = (rates[0] ?? 0) + (rates[1] ?? 0);
    // Half is theirs, and two tenths of the other half are borrowed.
    expect(inGroup / 600_000).toBeCloseTo(1, 1);
    expect((rates[0] ?? 0) / (rates[1] ?? 1)).toBeCloseTo(1, 1);
    expect((rates[9] ?? 0) / 50_000).toBeCloseTo(1, 1);
  });

  it("let go of everybody when their limit is taken away", () => {
    const limits = new Limits();
    const torrent = limits.addTorrent("a", []);
    limits.setLabels(torrent, { tags: ["iso"] });
    limits.setGroup("tag:iso", { up: 1000, down: { type: "guarantee-and-ceiling", guaranteeBytesPerSec: 5 } }, 0);
    const peer = limits.addPeer(torrent, { endpoint: WAN, transport: "tcp" }, 0);
    expect(limits.service.isUnlimited(peer, "up")).toBe(false);
    limits.setGroup("tag:iso", {}, 0);
    expect(limits.service.isUnlimited(peer, "up")).toBe(true);
    expect(limits.groupLimits().size).toBe(0);
    expect(torrent.groups).toEqual([]);
    expect([...limits.service.root.down.assuredChildren]).toEqual([]);
  });

  it("bind torrents by tracker, and peers by where they are", () => {
    const limits = new Limits();
    limits.setGroup("tracker:a.example", { up: 100_000 }, 0);
    limits.setGroup("lan", { up: 300_000 }, 0);
    const tracked = limits.addTorrent("tracked", [["udp://a.example:80/announce"]]);
    const free = limits.addTorrent("free", []);
    const peers = [
      limits.addPeer(tracked, { endpoint: WAN, transport: "tcp" }, 0),
      limits.addPeer(free, { endpoint: LAN, transport: "tcp" }, 0),
    ];
    const [wan = 0, lan = 0] = measure(limits, peers);
    expect(wan).toBeGreaterThan(97_000);
    expect(wan).toBeLessThan(103_000);
    expect(lan).toBeGreaterThan(290_000);
    expect(lan).toBeLessThan(310_000);
  });
});

describe("peers of the LAN", () => {
  it("pass without limit when told so, and are bound again when not", () => {
    const limits = new Limits();
    const torrent = limits.addTorrent("a", []);
    limits.set(torrent, { up: 100_000 }, 0);
    limits.setGroup("lan", { up: 50_000 }, 0);
    const lan = limits.addPeer(torrent, { endpoint: LAN, transport: "tcp" }, 0);
    expect(limits.service.isUnlimited(lan, "up")).toBe(false);
    expect(limits.setOptions({ limitLan: false })).toEqual([lan]);
    expect(limits.service.isUnlimited(lan, "up")).toBe(true);
    const late = limits.addPeer(torrent, { endpoint: LAN_TOO, transport: "tcp" }, 0);
    expect(limits.service.isUnlimited(late, "up")).toBe(true);
    expect(limits.service.isUnlimited(limits.addPeer(torrent, { endpoint: WAN, transport: "utp" }, 0), "up")).toBe(
      false,
    );
    limits.setOptions({ limitLan: true });
    expect(limits.service.isUnlimited(late, "up")).toBe(false);
    limits.removePeer(lan);
    limits.removeTorrent(torrent);
  });
});

describe("limits of one peer", () => {
  it("are kept for it while it is away, and can be read back", () => {
    const limits = new Limits();
    const torrent = limits.addTorrent("a", []);
    limits.setPeer(torrent, WAN, { up: 30_000 }, 0);
    const peer = limits.addPeer(torrent, { endpoint: WAN, transport: "tcp" }, 0);
    const other = limits.addPeer(torrent, { endpoint: WAN_TOO, transport: "tcp" }, 0);
    expect(limits.peerLimits(torrent, WAN)).toEqual({ up: 30_000 });
    expect(limits.service.isUnlimited(other, "up")).toBe(true);
    const [up = 0] = measure(limits, [peer]);
    expect(up).toBeGreaterThan(29_000);
    expect(up).toBeLessThan(31_000);
  });
});

describe("strategies as data", () => {
  it("replace each other while everything runs, at any node", () => {
    const limits = new Limits();
    const torrent = limits.addTorrent("a", []);
    const peer = limits.addPeer(torrent, { endpoint: WAN, transport: "tcp" }, 0);
    const rate = (): number => measure(limits, [peer])[0] ?? 0;
    limits.set(
      torrent,
      { up: { type: "guarantee-and-ceiling", guaranteeBytesPerSec: 1000, ceilingBytesPerSec: 80_000 } },
      0,
    );
    expect(rate()).toBeLessThan(82_500);
    const profiles = { slow: { type: "fixed", bytesPerSec: 20_000 }, free: { type: "unlimited" } } as const;
    const schedule = { type: "schedule", profiles, grid: ["slow"], weekStartsAt: 0 } as const;
    limits.set(limits.service.root, { up: schedule }, 0);
    expect(limits.limitsOf(limits.service.root)).toEqual({ up: schedule });
    limits.set(torrent, { up: { type: "unlimited" } }, 0);
    expect(limits.service.strategyOf(torrent, "up").type).toBe("unlimited");
    expect(() => limits.set(torrent, { up: { ...schedule, grid: ["none"] } }, 0)).toThrow("no profile");
    expect(() => limits.set(torrent, { up: -1 }, 0)).toThrow("rate");
  });

  it("share by weight", () => {
    const limits = new Limits();
    limits.set(limits.service.root, { up: 400_000 }, 0);
    const torrents = [limits.addTorrent("a", []), limits.addTorrent("b", [])];
    limits.set(torrents[0]!, { weight: 3 }, 0);
    const peers = torrents.map((torrent) => limits.addPeer(torrent, { endpoint: WAN, transport: "tcp" }, 0));
    const [a = 0, b = 0] = measure(limits, peers);
    expect(a / b).toBeGreaterThan(2.85);
    expect(a / b).toBeLessThan(3.15);
  });
});
