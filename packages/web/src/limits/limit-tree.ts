/** The tree of limits, from the whole daemon down to single peers, in the order in which it is drawn. */

export type SimpleLimit =
  | { readonly type: "unlimited" }
  | { readonly type: "fixed"; readonly bytesPerSec: number }
  | {
      readonly type: "guarantee-and-ceiling";
      readonly guaranteeBytesPerSec: number;
      readonly ceilingBytesPerSec?: number | undefined;
    };

export type LimitStrategy =
  | SimpleLimit
  | {
      readonly type: "schedule";
      readonly profiles: Readonly<Record<string, SimpleLimit>>;
      /** A profile for each slot of the week, from Monday 00:00. */
      readonly grid: readonly string[];
    };

export interface LimitSide {
  readonly strategy: LimitStrategy;
  /** In force now; absent: none. */
  readonly limitBytesPerSec?: number | undefined;
  readonly rateBytesPerSec: number;
  /** Peers that wait for this very node. */
  readonly blocked: number;
}

export interface LimitNode {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  /** Nodes right above whose limits bind it too. */
  readonly parents: readonly string[];
  readonly isEditable: boolean;
  readonly down: LimitSide;
  readonly up: LimitSide;
}

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

/** What a strategy lets through at most; undefined for all. */
export function ceilingOf(strategy: LimitStrategy): number | undefined {
  switch (strategy.type) {
    case "unlimited":
    case "schedule":
      return undefined;
    case "fixed":
      return strategy.bytesPerSec;
    case "guarantee-and-ceiling":
      return strategy.ceilingBytesPerSec;
    default:
      return strategy satisfies never;
  }
}
