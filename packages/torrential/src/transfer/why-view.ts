/** "Why isn't this faster?", as the command says it. */
import { formatEndpoint } from "@torrential/core";
import type { TorrentWhy, WhyReport, WhyShare } from "@torrential/node";
import { formatPercent } from "../format.ts";
import type { PublicEvent } from "./public-event.ts";
import type { StatusView } from "./status-view.ts";

export interface WhyView {
  readonly infoHash: string;
  readonly name: string;
  /** For people: what took most of the last minute. */
  readonly lines: readonly string[];
  readonly event: PublicEvent;
}

/** Smaller shares of the last minute are not worth a line. */
const SHARE_MIN = 0.1;
const LINES_MAX = 3;

export function toWhyView(view: StatusView, why: TorrentWhy): WhyView {
  const { infoHash, name, state } = view;
  const report = state === "seeding" ? why.up : why.down;
  return { infoHash, name, lines: linesOf(report), event: toEvent(infoHash, why) };
}

function linesOf({ recent }: WhyReport): readonly string[] {
  return recent
    .filter(({ share }) => share >= SHARE_MIN)
    .slice(0, LINES_MAX)
    .map(({ share, text, remedy }) => `${formatPercent(share, 1)}: ${text}${remedy === "" ? "" : ` ${remedy}`}`);
}

function toEvent(infoHash: string, { down, up, peers }: TorrentWhy): PublicEvent {
  return {
    event: "why",
    infoHash,
    down: reportFields(down),
    up: reportFields(up),
    peers: peers.map(({ endpoint, down: itsDown, up: itsUp }) => ({
      peer: formatEndpoint(endpoint),
      down: itsDown.now,
      up: itsUp.now,
      recent: { down: itsDown.recent.map(briefFields), up: itsUp.recent.map(briefFields) },
    })),
  };
}

function reportFields({ now, recent, total }: WhyReport): Readonly<Record<string, unknown>> {
  return { now, recent: recent.map(shareFields), total: total.map(shareFields) };
}

/** Of each peer; the sentences are the same as the torrent's. */
function briefFields({ reason, level, share, ms }: WhyShare): Readonly<Record<string, unknown>> {
  return { reason, level, share: Math.round(share * 1000) / 1000, seconds: Math.round(ms / 100) / 10 };
}

function shareFields({ reason, level, share, ms, count, text, remedy }: WhyShare): Readonly<Record<string, unknown>> {
  return {
    reason,
    level,
    share: Math.round(share * 1000) / 1000,
    seconds: Math.round(ms / 100) / 10,
    count,
    text,
    remedy,
  };
}
