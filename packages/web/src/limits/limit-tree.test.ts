import type { LimitNode } from "@torrential/api";
import { describe, expect, it } from "vitest";
import { toRows } from "./limit-tree.ts";

const KINDS = ["tag", "category", "torrent", "peer"] as const;
const SIDE = { strategy: { type: "unlimited" }, rateBytesPerSec: 0, waiting: 0, blocked: 0 } as const;

function node(id: string, ...parents: string[]): LimitNode {
  const kind = KINDS.find((each) => id.startsWith(each)) ?? "global";
  return { id, kind, name: id, parents, weight: 1, isEditable: true, down: SIDE, up: SIDE };
}

const NODES = [
  node("global"),
  node("tag:a", "global"),
  node("category:b", "global"),
  node("torrent:1", "global", "tag:a", "category:b"),
  node("torrent:2", "global"),
  node("peer:1/x", "torrent:1", "wan"),
];

function draw(...open: string[]): string[] {
  return toRows(NODES, new Set(open)).map(({ node: { id }, level }) => `${level} ${id}`);
}

describe("the tree of limits", () => {
  it("begins with the daemon", () => {
    expect(draw()).toEqual(["1 global"]);
  });

  it("has torrents below each of their groups, and below the daemon where they have none", () => {
    expect(draw("global", "tag:a", "category:b")).toEqual([
      "1 global",
      "2 tag:a",
      "3 torrent:1",
      "2 category:b",
      "3 torrent:1",
      "2 torrent:2",
    ]);
  });

  it("ends with peers", () => {
    expect(draw("global", "tag:a", "torrent:1").slice(2, 4)).toEqual(["3 torrent:1", "4 peer:1/x"]);
  });

  it("lets torrents be opened before their peers are known", () => {
    const rows = toRows(NODES, new Set(["global"]));
    expect(rows.filter(({ isExpandable }) => isExpandable).map(({ node: { id } }) => id)).toEqual([
      "global",
      "tag:a",
      "category:b",
      "torrent:2",
    ]);
  });
});
