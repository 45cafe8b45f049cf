/** What stands in a cell, by column. */
import type { Torrent, TorrentField } from "@torrential/api";
import type { TFunction } from "i18next";
import type { Format } from "../format/format.ts";
import type { LabelColors } from "../filters/use-labels.ts";
import { Dot } from "../ui/dot.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { Progress, type ProgressProps } from "../ui/progress.tsx";

export type Row = Partial<Torrent> & { readonly infoHash: string };

export interface CellContext {
  readonly t: TFunction;
  readonly format: Format;
  /** Of categories and tags, by name. */
  readonly colors: LabelColors;
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
    case "name":
      return <Name row={row} />;
    case "category":
      return row.category === undefined ? (
        ""
      ) : (
        <Chip name={row.category} color={context.colors.categories.get(row.category)} />
      );
    case "tags":
      return <Chips row={row} context={context} />;
    case "state":
      return <StateWords row={row} t={t} />;
    case "progress":
      return <ProgressCell row={row} context={context} />;
    case "sizeBytes":
    case "wantedBytes":
      return shownSize(row) === 0 ? "–" : format.bytes(shownSize(row));
    case "downloadedBytes":
    case "uploadedBytes":
    case "sessionDownloadedBytes":
    case "sessionUploadedBytes":
    case "verifiedBytes":
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
    case "priority":
      return row.priority === undefined ? "" : t(PRIORITY_WORDS[row.priority]);
    case "isPrivate":
      return row.isPrivate === undefined ? "" : t(row.isPrivate ? "yes" : "no");
    case "ratio":
    case "availability":
    case "fileCount":
      return row[field] === undefined ? "" : format.number(row[field]);
    case "addedAtMs":
    case "completedAtMs":
    case "activeAtMs":
    case "createdAtMs":
    case "seenCompleteAtMs":
      return row[field] === undefined ? "" : format.dateTime(row[field]);
    case "queuePosition":
      return row.queuePosition === undefined || row.queuePosition === 0 ? "" : format.number(row.queuePosition);
    default:
      return textOf(row[field]);
  }
}

const PRIORITY_WORDS = { [-1]: "options.low", 0: "options.normal", 1: "options.high" } as const;

export function ProgressCell({
  row,
  context: { t, format },
}: {
  readonly row: Row;
  readonly context: CellContext;
}): React.JSX.Element {
  const share = shownProgress(row);
  return <Progress share={share} text={format.percent(share)} label={t("field.progress")} tone={toneOf(row)} />;
}

function Name({ row }: { readonly row: Row }): React.JSX.Element {
  return (
    <span className="flex items-center gap-2">
      <StateIcon row={row} />
      <bdi className="truncate font-medium">{row.name}</bdi>
    </span>
  );
}

const STATE_ICONS: Readonly<Partial<Record<string, IconName>>> = {
  downloading: "down",
  seeding: "up",
  finished: "check",
  stopped: "stop",
  queued: "queue",
  checking: "search",
  metadata: "link",
  moving: "folder",
  error: "warning",
  "storage-missing": "warning",
  quarantined: "warning",
};

const TONES = { bad: "text-bad", dim: "text-dim", up: "text-up", accent: "text-down" } as const;

/** What the state cell says, as a picture. */
function StateIcon({ row }: { readonly row: Row }): React.JSX.Element {
  const icon = STATE_ICONS[row.state ?? ""] ?? "clock";
  const tone = row.isStalled === true ? "text-dim" : TONES[toneOf(row)];
  return (
    <span className={`shrink-0 ${tone}`}>
      <Icon name={icon} size={16} />
    </span>
  );
}

function Chip({ name, color }: { readonly name: string; readonly color: string | undefined }): React.JSX.Element {
  return (
    <span className="chip">
      <Dot color={color} />
      <span className="truncate">{name}</span>
    </span>
  );
}

function Chips({ row, context }: { readonly row: Row; readonly context: CellContext }): React.JSX.Element {
  return (
    <span className="flex gap-1 overflow-hidden">
      {(row.tags ?? []).map((tag) => (
        <Chip key={tag} name={tag} color={context.colors.tags.get(tag)} />
      ))}
    </span>
  );
}

/** What is wanted of it; a torrent that never ran does not know that yet. */
export function shownSize({ wantedBytes = 0, sizeBytes = 0 }: Row): number {
  return wantedBytes === 0 ? sizeBytes : wantedBytes;
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
    <span className={key === "stalled" ? "text-dim" : tones[toneOf(row)]} title={row.problem?.message}>
      {key === undefined ? "" : t(`state.${key}`)}
      {row.problem === undefined ? "" : `: ${row.problem.message}`}
    </span>
  );
}
