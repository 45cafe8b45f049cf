/** `torrential watch` and `top`: what happens, as it happens. */
import {
  type ApiEvent,
  applyToView,
  EMPTY_VIEW,
  type EventsOptions,
  type HistoryEvent,
  type SessionInfo,
  type ViewState,
} from "@torrential/api";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatBytes, formatCount, formatRate } from "../../format.ts";
import { Interrupts } from "../../interrupts.ts";
import { isLiveTerminal } from "../../report/choose-reporter.ts";
import { LiveBlock } from "../../report/live-block.ts";
import { fitTo, toJson, toLine } from "../../text.ts";
import { findDaemon, makeClient, type RemoteOptions, toRemoteError } from "../connect.ts";
import { printLine } from "../output.ts";
import { LIST_COLUMNS, LIST_FIELDS } from "../rows.ts";
import { drawTable } from "../table.ts";

export interface WatchOptions extends RemoteOptions {
  /** The log as well. */
  readonly log?: boolean;
}

/** A line for each event, until it is stopped. */
export async function runWatch(options: WatchOptions): Promise<ExitCode> {
  const topics = options.log === true ? (["history", "log"] as const) : (["history"] as const);
  return await follow(options, { topics }, (event) => {
    if (options.json === true) {
      if (event.type === "history" || event.type === "log") printLine(toJson(event));
    } else if (event.type === "history") printLine(describeEvent(event.event));
    else if (event.type === "log")
      printLine(`${event.entry.level.padEnd(7)} ${event.entry.area}: ${toLine(event.entry.message)}`);
  });
}

function describeEvent({ atMs, level, message, infoHash }: HistoryEvent): string {
  const time = new Date(atMs).toISOString().slice(11, 19);
  return `${time} ${level === "info" ? "" : `${level}: `}${toLine(message)}${infoHash === undefined ? "" : ` (${infoHash.slice(0, 8)})`}`;
}

export interface TopOptions extends RemoteOptions {
  readonly sort?: string;
  readonly text?: string;
}

const HEAD_LINES = 3;
const ROWS_MAX = 200;
const ROWS_DEFAULT = 20;

/** The busiest torrents, drawn again with each change; where nothing can be drawn again, once. */
export async function runTop(options: TopOptions): Promise<ExitCode> {
  const isLive = isLiveTerminal() && options.json !== true;
  const rows = isLive ? Math.max(1, process.stdout.rows - HEAD_LINES - 1) : ROWS_DEFAULT;
  const block = new LiveBlock(process.stdout);
  let view: ViewState = EMPTY_VIEW;
  let session: SessionInfo | undefined;
  const viewport = {
    sort: options.sort ?? "-downRate",
    limit: Math.min(ROWS_MAX, rows),
    fields: [...LIST_FIELDS],
    ...(options.text === undefined ? {} : { text: options.text }),
  };
  return await follow(options, { topics: ["torrents", "session"], viewport }, (event) => {
    view = applyToView(view, event);
    if (event.type === "session") session = event.session;
    if (session === undefined) return "more";
    if (options.json === true) printLine(toJson({ session, torrents: [...view.rows.values()] }));
    else if (isLive) block.draw(drawTop(view, session, process.stdout.columns - 1));
    else for (const line of drawTop(view, session, undefined)) printLine(line);
    return isLive ? "more" : "enough";
  });
}

/** Exported for its test. */
export function drawTop(view: ViewState, session: SessionInfo, columns: number | undefined): string[] {
  const { downRate, upRate, peers, activeTorrents, torrents, freeBytes, isReadOnly } = session;
  const facts = [
    `down ${formatRate(downRate)}`,
    `up ${formatRate(upRate)}`,
    `${activeTorrents} of ${formatCount(torrents, "torrent")} active`,
    formatCount(peers, "peer"),
    ...(freeBytes === undefined ? [] : [`${formatBytes(freeBytes)} free`]),
    ...(session.isAlternativeLimits ? ["alternative limits"] : []),
    ...(isReadOnly ? ["STATE IS READ-ONLY"] : []),
  ];
  const rows = [...view.rows.values()];
  const lines = [facts.join("  "), "", ...drawTable(rows, LIST_COLUMNS, { columns })];
  return columns === undefined ? lines : lines.map((line) => fitTo(line, columns, "…").trimEnd());
}

/** Events to `handle` until it has enough, or the user has. */
async function follow(
  options: RemoteOptions,
  wanted: Pick<EventsOptions, "topics" | "viewport">,
  handle: (event: ApiEvent) => "more" | "enough" | void,
): Promise<ExitCode> {
  const interrupts = new Interrupts();
  const place = findDaemon(options);
  const client = makeClient(place);
  // The first connection must be there; later ones are waited for.
  await client.call("showIdentity", {}).catch((error: unknown) => {
    throw toRemoteError(error, place);
  });
  try {
    for await (const event of client.events({ ...wanted, signal: interrupts.signal })) {
      if (handle(event) === "enough") return EXIT.done;
    }
  } catch (error) {
    throw toRemoteError(error, place);
  }
  return EXIT.done;
}
