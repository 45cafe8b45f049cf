/** The tree of limits out of what the API tells of settings, labels, torrents and peers. */
import type { Category, Peer, RateLimit, SessionInfo, Tag, TorrentRow } from "@torrential/api";
import { client } from "../live/client.ts";
import type { LimitNode, LimitSide, LimitStrategy } from "./limit-tree.ts";

/** Torrents that move something; more are not looked at in one view. */
const TORRENTS_MAX = 200;

/** `opened`: torrents whose peers are to be shown too. */
export async function loadTree(opened: readonly string[]): Promise<readonly LimitNode[]> {
  const [session, categories, tags, { torrents }, peers] = await Promise.all([
    client.call("showSession", {}),
    client.call("listCategories", {}),
    client.call("listTags", {}),
    client.call("listTorrents", {
      query: {
        is: ["active"],
        sort: "name",
        limit: TORRENTS_MAX,
        fields: ["name", "limits", "downRate", "upRate", "category", "tags"],
      },
    }),
    Promise.all(
      opened.map(async (ref) => ({ ref, peers: await client.call("listPeers", { params: { ref } }).catch(() => []) })),
    ),
  ]);
  const nodes = [wholeNode(session)];
  nodes.push(...categories.map((label) => groupNode("category", label, torrents)));
  nodes.push(...tags.map((label) => groupNode("tag", label, torrents)));
  nodes.push(...torrents.map(torrentNode));
  for (const { ref, peers: found } of peers) nodes.push(...found.map((peer) => peerNode(ref, peer)));
  return nodes;
}

export async function saveLimits(node: LimitNode, limits: RateLimit): Promise<void> {
  const name = node.id.slice(node.id.indexOf(":") + 1);
  if (node.kind === "global") {
    await client.call("updateSettings", { body: { "limits.down": limits.down ?? 0, "limits.up": limits.up ?? 0 } });
  } else if (node.kind === "category") {
    await client.call("updateCategory", { query: { name }, body: { limits } });
  } else if (node.kind === "tag") {
    await client.call("updateTag", { query: { name }, body: { limits } });
  } else {
    await client.call("updateTorrent", { params: { ref: name }, body: { limits } });
  }
}

function wholeNode({ limits, downRate, upRate, isAlternativeLimits }: SessionInfo): LimitNode {
  return {
    id: "global",
    kind: "global",
    name: "",
    parents: [],
    // While the alternative ones are in force, these are not what would be changed.
    isEditable: !isAlternativeLimits,
    down: side(limits.down, downRate),
    up: side(limits.up, upRate),
  };
}

function groupNode(
  kind: "category" | "tag",
  { name, limits }: Category | Tag,
  torrents: readonly TorrentRow[],
): LimitNode {
  const members = torrents.filter(({ category, tags }) =>
    kind === "category" ? category === name : tags?.includes(name) === true,
  );
  const sum = (of: (torrent: TorrentRow) => number | undefined): number =>
    members.reduce((total, torrent) => total + (of(torrent) ?? 0), 0);
  return {
    id: `${kind}:${name}`,
    kind,
    name,
    parents: ["global"],
    isEditable: true,
    down: side(
      limits.down,
      sum(({ downRate }) => downRate),
    ),
    up: side(
      limits.up,
      sum(({ upRate }) => upRate),
    ),
  };
}

function torrentNode({ infoHash, name, limits, downRate, upRate, category, tags = [] }: TorrentRow): LimitNode {
  const groups = [...(category === undefined ? [] : [`category:${category}`]), ...tags.map((tag) => `tag:${tag}`)];
  return {
    id: `torrent:${infoHash}`,
    kind: "torrent",
    name: name ?? infoHash,
    parents: ["global", ...groups],
    isEditable: true,
    down: side(limits?.down, downRate ?? 0),
    up: side(limits?.up, upRate ?? 0),
  };
}

function peerNode(infoHash: string, { endpoint, client: program, downRate, upRate }: Peer): LimitNode {
  return {
    id: `peer:${infoHash}/${endpoint}`,
    kind: "peer",
    name: `${endpoint} ${program}`,
    parents: [`torrent:${infoHash}`],
    isEditable: false,
    down: side(undefined, downRate),
    up: side(undefined, upRate),
  };
}

function side(limit: number | undefined, rateBytesPerSec: number): LimitSide {
  const strategy: LimitStrategy = limit === undefined ? { type: "unlimited" } : { type: "fixed", bytesPerSec: limit };
  return { strategy, limitBytesPerSec: limit, rateBytesPerSec, blocked: 0 };
}
