/** The tree of limits, from the whole daemon down to single peers, in the order in which it is drawn. */
import type { LimitNode } from "@torrential/api";

export interface TreeRow {
  readonly node: LimitNode;
  /** From 1. */
  readonly level: number;
  readonly isExpandable: boolean;
  readonly isOpen: boolean;
  /** Of its row: a torrent stands below each of its groups. */
  readonly key: string;
}

/** A torrent has groups above it, and shows what it has below it when its peers are known. */
export function isTorrent({ kind }: LimitNode): boolean {
  return kind === "torrent";
}

/**
 * Rows in order: a node, then what is right below it if it is open. What has groups stands below those, not below the
 * whole daemon as well. Torrents can be opened before their peers are known.
 */
export function toRows(nodes: readonly LimitNode[], open: ReadonlySet<string>): readonly TreeRow[] {
  const below = new Map<string, LimitNode[]>();
  for (const node of nodes) {
    const [first, ...groups] = node.parents;
    const above = isTorrent(node) && groups.length > 0 ? groups : [first ?? ""];
    for (const parent of above) below.set(parent, [...(below.get(parent) ?? []), node]);
  }
  const rows: TreeRow[] = [];
  const walk = (parent: string, level: number, path: string): void => {
    for (const node of below.get(parent) ?? []) {
      const key = `${path}>${node.id}`;
      const isOpen = open.has(node.id);
      rows.push({ node, level, isOpen, key, isExpandable: below.has(node.id) || isTorrent(node) });
      if (isOpen && !path.includes(`>${node.id}>`)) walk(node.id, level + 1, `${key}>`);
    }
  };
  walk("", 1, "");
  return rows;
}
