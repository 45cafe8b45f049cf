/** `torrential limit`: sets what limits everything, groups, torrents and peers. */
import type { ApiClient, LimitChange, LimitNode, LimitSide } from "@torrential/api";
import { type Endpoint, formatEndpoint, parseEndpoint, TorrentialError } from "@torrential/core";
import type { SimpleLimit } from "@torrential/node";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatRate } from "../../format.ts";
import { type ScheduleSpan, scheduleLimit } from "../../limit-schedule.ts";
import { describeLimit } from "../../limit-value.ts";
import { toLine } from "../../text.ts";
import { UsageError } from "../../values.ts";
import { withDaemon } from "../connect.ts";
import { printResult } from "../output.ts";
import { listTorrents, resolveTorrent } from "../resolve.ts";
import { type ActOptions, runAction } from "./act.ts";

export interface LimitOptions extends ActOptions {
  readonly down?: SimpleLimit;
  readonly up?: SimpleLimit;
  readonly schedule: readonly ScheduleSpan[];
  readonly weight?: number;
  /** Everything together. */
  readonly global?: boolean;
  readonly alternative?: string;
}

const UNLIMITED: SimpleLimit = { type: "unlimited" };
const GROUP = /^(?:(?:tag|category|tracker):.+|lan|wan|ipv4|ipv6|tcp|utp)$/s;

/** A way that is not given has no limit; with a weight alone, both stay. */
export async function runLimit(texts: readonly string[], options: LimitOptions): Promise<ExitCode> {
  if (options.alternative !== undefined) return await setAlternative(options.alternative, options);
  const areTorrents = texts.every((text) => !isNode(text)) && options.global !== true;
  const limits = plainRates(options);
  // Many torrents at once, in one request.
  if (areTorrents && limits !== undefined)
    return await runAction(texts, { action: "update", patch: { limits } }, { options, done: "limited" });
  if (texts.length === 0 && options.global !== true && options.all !== true)
    throw new UsageError("name torrents, groups or peers, or say --global or --all");
  const change = changeOf(options);
  return await withDaemon(options, async (client) => {
    const ids = options.global === true ? ["global"] : [];
    for (const text of texts) ids.push(await nodeIdOf(client, text));
    if (options.all === true) for (const { infoHash } of await listTorrents(client)) ids.push(`torrent:${infoHash}`);
    const nodes: LimitNode[] = [];
    for (const id of ids) nodes.push(await client.call("setLimit", { query: { id }, body: change }));
    printResult(nodes, nodes.map(describeNode), options);
    return EXIT.done;
  });
}

function isNode(text: string): boolean {
  return text === "global" || text.startsWith("peer:") || GROUP.test(text);
}

/** Undefined when they are more than rates. */
function plainRates({
  down = UNLIMITED,
  up = UNLIMITED,
  schedule,
  weight,
}: LimitOptions): { readonly down?: number; readonly up?: number } | undefined {
  if (schedule.length > 0 || weight !== undefined) return undefined;
  const isPlain = (limit: SimpleLimit): boolean =>
    limit.type === "unlimited" || (limit.type === "fixed" && limit.bytesPerSec > 0);
  if (!isPlain(down) || !isPlain(up)) return undefined;
  return {
    ...(down.type === "fixed" ? { down: down.bytesPerSec } : {}),
    ...(up.type === "fixed" ? { up: up.bytesPerSec } : {}),
  };
}

function changeOf({ down, up, schedule, weight }: LimitOptions): LimitChange {
  const share = weight === undefined ? {} : { weight };
  if (down === undefined && up === undefined && schedule.length === 0 && weight !== undefined) return share;
  const strategy = (way: "down" | "up", otherwise: SimpleLimit = UNLIMITED): LimitChange["down"] & {} =>
    schedule.some((span) => span[way] !== undefined) ? scheduleLimit(schedule, way, otherwise) : otherwise;
  return { down: strategy("down", down), up: strategy("up", up), ...share };
}

/** The id of a node of the tree. Throws a UsageError, "torrent-unknown" or "torrent-ambiguous". */
async function nodeIdOf(client: ApiClient, text: string): Promise<string> {
  if (text === "global" || GROUP.test(text)) return text;
  if (!text.startsWith("peer:")) return `torrent:${await infoHashOf(client, text)}`;
  const slash = text.lastIndexOf("/");
  const infoHash = await infoHashOf(client, text.slice("peer:".length, Math.max(slash, 0)));
  return `peer:${infoHash}/${formatEndpoint(parsePeerEndpoint(text, slash))}`;
}

function parsePeerEndpoint(text: string, slash: number): Endpoint {
  try {
    return parseEndpoint(text.slice(slash + 1));
  } catch (cause) {
    if (!(cause instanceof TorrentialError)) throw cause;
    throw new UsageError(`got ${JSON.stringify(text)}, wanted peer:TORRENT/ADDRESS:PORT`, { cause });
  }
}

async function infoHashOf(client: ApiClient, text: string): Promise<string> {
  const ref = await resolveTorrent(client, text);
  return (await client.call("showTorrent", { params: { ref } })).infoHash;
}

function describeNode(node: LimitNode): string {
  const share = node.weight === 1 ? "" : `, weight ${node.weight}`;
  const name = node.kind === "torrent" ? node.name : node.id === "global" ? "everything" : node.id;
  const [down, up] = [node.down, node.up].map((side) => describeSide(side) || describeLimit(UNLIMITED));
  return `${toLine(name)}: ${down} down, ${up} up${share}`;
}

/** What was set, and what a schedule says now; nothing for no limit. */
export function describeSide({ strategy, limitBytesPerSec, guaranteeBytesPerSec }: LimitSide): string {
  if (strategy.type === "unlimited") return "";
  if (strategy.type !== "schedule") return describeLimit(strategy as SimpleLimit);
  const parts = [
    ...(guaranteeBytesPerSec ? [`${formatRate(guaranteeBytesPerSec)} sure`] : []),
    ...(limitBytesPerSec === undefined ? [] : [formatRate(limitBytesPerSec)]),
  ];
  return `${parts.length === 0 ? "none" : parts.join(", ")} (schedule)`;
}

async function setAlternative(word: string, options: LimitOptions): Promise<ExitCode> {
  const wanted = new Map([
    ["on", true],
    ["off", false],
    ["schedule", null],
  ]);
  const isOn = wanted.get(word);
  if (isOn === undefined)
    throw new UsageError(`--alternative: got ${JSON.stringify(word)}, wanted on, off or schedule`);
  return await withDaemon(options, async (client) => {
    const session = await client.call("setAlternativeLimits", { body: { isOn } });
    printResult(session, [`alternative limits are ${session.isAlternativeLimits ? "on" : "off"}`], options);
    return EXIT.done;
  });
}
