/** What stands in a cell, by column. */
import type { Torrent, TorrentField } from "@torrential/api";
import type { TFunction } from "i18next";
import type { Format } from "../format/format.ts";
import { Progress, type ProgressProps } from "../ui/progress.tsx";

export type Row = Partial<Torrent> & { readonly infoHash: string };

export interface CellContext {
  readonly t: TFunction;
  readonly format: Format;
}

export function Cell({
  row,
  field,
  context,
}: {
  row: Row;
  field: TorrentField;
  context: CellContext;
}): React.ReactNode {
  const { t, format } = context;
  switch (field) {
    case "state":
      return <StateWords row={row} t={t} />;
    case "progress":
      return <Progress share={shownProgress(row)} label={t("field.progress")} tone={toneOf(row)} />;
    case "sizeBytes":
    case "wantedBytes":
      return row.wantedBytes === undefined ? "" : format.bytes(row.wantedBytes);
    case "downloadedBytes":
    case "uploadedBytes":
    case "wastedBytes":
      return row[field] === undefined ? "" : format.bytes(row[field]);
    case "downRate":
      return <span className="text-down">{format.rate(row.downRate ?? 0)}</span>;
    case "upRate":
      return <span className="text-up">{format.rate(row.upRate ?? 0)}</span>;
    case "etaMs":
      return row.etaMs === undefined ? "" : format.duration(row.etaMs);
    case "seedingTimeMs":
    case "activeTimeMs":
      return row[field] === undefined ? "" : format.duration(row[field]);
    case "seeds":
      return ofSwarm(row.seeds, row.swarmSeeds, format);
    case "peers":
      return ofSwarm(row.peers, row.swarmPeers, format);
    case "ratio":
    case "availability":
      return row[field] === undefined ? "" : format.number(row[field]);
    case "addedAtMs":
    case "completedAtMs":
    case "activeAtMs":
    case "createdAtMs":
      return row[field] === undefined ? "" : format.dateTime(row[field]);
    case "tags":
      return row.tags?.join(", ") ?? "";
    case "queuePosition":
      return row.queuePosition === undefined || row.queuePosition === 0 ? "" : format.number(row.queuePosition);
    default:
      return textOf(row[field]);
  }
}

/** Connected, and of how many that the trackers know. */
function ofSwarm(connected: number | undefined, known: number | undefined, format: Format): string {
  if (connected === undefined) return "";
  return known === undefined ? format.number(connected) : `${format.number(connected)} (${format.number(known)})`;
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export function shownProgress(row: Row): number {
  const isOther = row.state === "checking" || row.state === "moving" || row.state === "metadata";
  return (isOther ? row.stateProgress : row.progress) ?? 0;
}

export function toneOf(row: Row): NonNullable<ProgressProps["tone"]> {
  if (row.state === "error" || row.state === "storage-missing" || row.state === "quarantined") return "bad";
  if (row.state === "stopped" || row.state === "queued") return "dim";
  return row.isComplete === true ? "up" : "accent";
}

export function StateWords({ row, t }: { readonly row: Row; readonly t: TFunction }): React.JSX.Element {
  const key =
    row.isStalled === true && (row.state === "downloading" || row.state === "seeding") ? "stalled" : row.state;
  const tones = { bad: "text-bad", dim: "text-dim", up: "text-up", accent: "text-ink" };
  return (
    <span className={tones[toneOf(row)]} title={row.problem?.message}>
      {key === undefined ? "" : t(`state.${key}`)}
      {row.problem === undefined ? "" : `: ${row.problem.message}`}
    </span>
  );
}
