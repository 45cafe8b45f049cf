/** Torrents as lines of a table. */
import type { TorrentField, TorrentRow, TorrentState } from "@torrential/api";
import { formatBytes, formatDuration, formatPercent, formatRate } from "../format.ts";
import type { Column } from "./table.ts";

export const LIST_FIELDS: readonly TorrentField[] = [
  "name",
  "state",
  "problem",
  "wantedBytes",
  "verifiedBytes",
  "downRate",
  "upRate",
  "etaMs",
  "ratio",
  "peers",
  "seeds",
  "category",
];

export const LIST_COLUMNS: readonly Column<TorrentRow>[] = [
  { title: "ID", isRight: true, text: ({ id }) => String(id) },
  { title: "NAME", isElastic: true, text: ({ name = "" }) => name },
  { title: "SIZE", isRight: true, text: ({ wantedBytes = 0 }) => (wantedBytes === 0 ? "?" : formatBytes(wantedBytes)) },
  {
    title: "DONE",
    isRight: true,
    text: ({ verifiedBytes = 0, wantedBytes = 0 }) =>
      wantedBytes === 0 ? "-" : formatPercent(verifiedBytes, wantedBytes),
  },
  { title: "STATE", text: ({ state = "loading" }) => describeState(state) },
  { title: "DOWN", isRight: true, text: ({ downRate = 0 }) => (downRate === 0 ? "-" : formatRate(downRate)) },
  { title: "UP", isRight: true, text: ({ upRate = 0 }) => (upRate === 0 ? "-" : formatRate(upRate)) },
  { title: "ETA", isRight: true, text: ({ etaMs }) => (etaMs === undefined ? "-" : formatDuration(etaMs / 1000)) },
  { title: "RATIO", isRight: true, text: ({ ratio }) => (ratio === undefined ? "-" : ratio.toFixed(2)) },
  { title: "PEERS", isRight: true, text: ({ peers = 0 }) => String(peers) },
];

export function describeState(state: TorrentState): string {
  const words: Partial<Record<TorrentState, string>> = {
    "storage-missing": "no disk",
    metadata: "asking",
  };
  return words[state] ?? state;
}
