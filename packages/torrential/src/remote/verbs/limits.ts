/** `torrential limits`, `ban`, `unban` and `bans`: the tree of limits as it is now, and who is kept out. */
import type { Ban, LimitNode } from "@torrential/api";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatCount, formatDuration, formatRate } from "../../format.ts";
import { type RemoteOptions, withDaemon } from "../connect.ts";
import { printResult, printRows } from "../output.ts";
import { resolveTorrent } from "../resolve.ts";
import type { Column } from "../table.ts";
import { describeSide } from "./limit.ts";

export interface LimitsOptions extends RemoteOptions {
  readonly all?: boolean;
  /** A torrent whose peers are shown. */
  readonly peers?: string;
}

const LIMIT_TABLE: readonly Column<LimitNode>[] = [
  {
    title: "NODE",
    isElastic: true,
    text: (node) => "  ".repeat(depthOf(node)) + (node.id === "global" ? "all" : label(node)),
  },
  { title: "DOWN", isRight: true, text: ({ down }) => formatRate(down.rateBytesPerSec) },
  { title: "LIMIT", text: ({ down }) => describeSide(down) },
  { title: "UP", isRight: true, text: ({ up }) => formatRate(up.rateBytesPerSec) },
  { title: "LIMIT", text: ({ up }) => describeSide(up) },
  { title: "WEIGHT", isRight: true, text: ({ weight }) => (weight === 1 ? "" : String(weight)) },
  { title: "WAITING", isRight: true, text: ({ down, up }) => String(down.waiting + up.waiting) },
];

export async function runLimits(options: LimitsOptions): Promise<ExitCode> {
  return await withDaemon(options, async (client) => {
    const peersOf = options.peers === undefined ? undefined : await resolveTorrent(client, options.peers);
    const torrents = options.all === true ? "all" : "busy";
    const query = { torrents, ...(peersOf === undefined ? {} : { peersOf }) } as const;
    const { nodes } = await client.call("showLimits", { query });
    printRows(nodes, LIMIT_TABLE, options);
    return EXIT.done;
  });
}

function depthOf({ id, kind }: LimitNode): number {
  if (id === "global") return 0;
  return kind === "peer" ? 2 : 1;
}

function label({ id, kind, name }: LimitNode): string {
  return kind === "torrent" || kind === "peer" ? `${kind} ${name}` : id;
}

const BAN_TABLE: readonly Column<Ban>[] = [
  { title: "PEER", text: ({ key }) => key },
  { title: "BY", text: ({ by, infoHash }) => (infoHash === undefined ? by : `torrent ${infoHash.slice(0, 8)}`) },
  {
    title: "FOR",
    text: ({ expiresAtMs }) => (expiresAtMs === undefined ? "good" : formatDuration((expiresAtMs - Date.now()) / 1000)),
  },
  { title: "WHY", isElastic: true, text: ({ reason }) => reason },
];

export async function runBans(options: RemoteOptions): Promise<ExitCode> {
  return await withDaemon(options, async (client) => {
    printRows(await client.call("listBans", {}), BAN_TABLE, options);
    return EXIT.done;
  });
}

export interface BanOptions extends RemoteOptions {
  readonly reason?: string;
  /** Milliseconds; absent: for good. */
  readonly for?: number;
}

export async function runBan(peers: readonly string[], options: BanOptions): Promise<ExitCode> {
  const { reason, for: durationMs } = options;
  const body = {
    peers,
    ...(reason === undefined ? {} : { reason }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
  return await withDaemon(options, async (client) => {
    const bans = await client.call("addBans", { body });
    printResult(bans, [`banned ${formatCount(peers.length, "peer")}`], options);
    return EXIT.done;
  });
}

export async function runUnban(peers: readonly string[], options: RemoteOptions): Promise<ExitCode> {
  return await withDaemon(options, async (client) => {
    for (const key of peers) await client.call("liftBans", { query: { key } });
    printResult({ lifted: peers }, [`lifted ${formatCount(peers.length, "ban")}`], options);
    return EXIT.done;
  });
}
