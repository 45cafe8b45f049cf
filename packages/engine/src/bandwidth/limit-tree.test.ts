import { makeEndpoint, parseInfoHash } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { describeLimitTree, type LimitTreeView } from "./limit-tree.ts";
import { Limits } from "./limits.ts";
import type { BandwidthNode } from "./node.ts";

const HASHES = ["a", "b"].map((digit) => parseInfoHash(digit.repeat(40)));

interface World extends LimitTreeView {
  readonly peers: readonly BandwidthNode[];
  readonly flows: readonly { readonly node: BandwidthNode }[];
}

/** Two torrents of one peer each; the first sends 1000 B/s, the other rests. */
function makeWorld(): World {
  const limits = new Limits();
  const nodes = ["first", "second"].map((name) => limits.addTorrent(name, [["http://t.example/announce"]]));
  limits.setLabels(nodes[0]!, { tags: ["iso"], category: "linux/debian" });
  const peers = nodes.map((node, index) =>
    limits.addPeer(node, { endpoint: makeEndpoint("93.184.216.34", 7000 + index), transport: "tcp" }, 0),
  );
  const meter = (rate: number) => ({ shortRate: () => rate });
  const flowOf = (index: number, rate: number) => ({
    down: meter(0),
    up: meter(rate),
    peers: [{ node: peers[index]!, down: meter(0), up: meter(rate) }],
  });
  const torrents = HASHES.map((infoHash, index) => ({
    infoHash,
    node: nodes[index]!,
    flow: flowOf(index, index === 0 ? 1000 : 0),
  }));
  return { limits, torrents, peers, flows: torrents };
}

describe("tree of limits", () => {
  it("shows what was set, what is in force, and what passes at every level", () => {
    const world = makeWorld();
    const { limits } = world;
    limits.set(limits.service.root, { up: 5000, weight: 1 }, 0);
    limits.setGroup("tag:iso", { up: { type: "guarantee-and-ceiling", guaranteeBytesPerSec: 700 } }, 0);
    const nodes = describeLimitTree(world, { peersOf: HASHES[0]! }, 0);
    expect(nodes.map(({ id, parents }) => [id, parents])).toEqual([
      ["global", []],
      ["tag:iso", ["global"]],
      ["category:linux", ["global"]],
      ["category:linux/debian", ["global"]],
      ["tracker:t.example", ["global"]],
      ["wan", ["global"]],
      ["tcp", ["global"]],
      ["ipv4", ["global"]],
      [`torrent:${HASHES[0]}`, ["global", "tag:iso", "category:linux", "category:linux/debian", "tracker:t.example"]],
      [`peer:${HASHES[0]}/93.184.216.34:7000`, [`torrent:${HASHES[0]}`, "wan", "tcp", "ipv4"]],
    ]);
    expect(nodes.every(({ up }) => up.rateBytesPerSec === 1000)).toBe(true);
    expect(nodes[0]?.up).toMatchObject({ strategy: { type: "fixed", bytesPerSec: 5000 }, limitBytesPerSec: 5000 });
    expect(nodes[1]?.up).toMatchObject({ limitBytesPerSec: undefined, guaranteeBytesPerSec: 700 });
    expect(nodes[1]?.down.strategy).toEqual({ type: "unlimited" });
  });

  it("names the node that peers wait for", () => {
    const world = makeWorld();
    const { limits, peers } = world;
    const [first, second] = peers as [BandwidthNode, BandwidthNode];
    limits.set(limits.service.root, { up: 1e6 }, 0);
    limits.setGroup("tag:iso", { up: 1000 }, 0);
    for (const node of [first, second])
      while (limits.service.reserve(node, "up", 1e6, 0).type === "granted") limits.service.takeReady();
    const of = (id: string) => describeLimitTree(world, { id }, 0)[0]?.up;
    expect(of("global")).toMatchObject({ waiting: 2, blocked: 2 });
    // Once the global limit has something to give, the first waits for its tag alone.
    limits.service.handleTimeout(100);
    limits.service.takeReady();
    limits.service.reserve(second, "up", 1e6, 100);
    expect(of("tag:iso")).toMatchObject({ waiting: 1, blocked: 1 });
    expect(of("wan")).toMatchObject({ waiting: 2, blocked: 0 });
    expect(of(`torrent:${HASHES[1]}`)).toMatchObject({ waiting: 1, blocked: 0 });
    expect(of(`peer:${HASHES[0]}/93.184.216.34:7000`)).toMatchObject({ waiting: 1, blocked: 0 });
  });

  it("leaves out torrents that do nothing, unless all are asked for", () => {
    const world = makeWorld();
    const torrentsOf = (query: Parameters<typeof describeLimitTree>[1]) =>
      describeLimitTree(world, query, 0).filter(({ id }) => id.startsWith("torrent:")).length;
    expect(torrentsOf({})).toBe(1);
    expect(torrentsOf({ torrents: "all" })).toBe(2);
    world.limits.set([...world.torrents][1]!.node, { down: 1 }, 0);
    expect(torrentsOf({})).toBe(2);
  });
});
