/** The columns of the list: which there are, and which a user chose in which order and width. */
import type { TorrentField } from "@torrential/api";

export interface Column {
  /** What is sorted by, and the name of its words. */
  readonly field: TorrentField;
  readonly widthPx: number;
  readonly align: "start" | "end";
  /** Fields that its cell reads besides its own. */
  readonly needs?: readonly TorrentField[];
}

function column(field: TorrentField, widthPx: number, more: Partial<Column> = {}): Column {
  return { field, widthPx, align: "end", ...more };
}

const text = { align: "start" } as const;

export const COLUMNS: readonly Column[] = [
  column("queuePosition", 56),
  column("name", 240, { ...text, needs: ["state", "isComplete", "isStalled"] }),
  column("state", 116, { ...text, needs: ["problem", "isStalled", "isComplete", "isLimitReached", "intent"] }),
  column("progress", 116, { ...text, needs: ["state", "stateProgress", "isComplete"] }),
  column("sizeBytes", 84, { needs: ["wantedBytes", "sizeBytes"] }),
  column("downRate", 88),
  column("upRate", 88),
  column("etaMs", 84),
  column("seeds", 66, { needs: ["swarmSeeds"] }),
  column("peers", 66, { needs: ["swarmPeers"] }),
  column("ratio", 58),
  column("category", 120, text),
  column("tags", 150, text),
  column("addedAtMs", 160, text),
  column("completedAtMs", 160, text),
  column("activeAtMs", 160, text),
  column("availability", 96),
  column("downloadedBytes", 110),
  column("uploadedBytes", 110),
  column("wastedBytes", 96),
  column("seedingTimeMs", 100),
  column("activeTimeMs", 100),
  column("sessionDownloadedBytes", 120),
  column("sessionUploadedBytes", 120),
  column("verifiedBytes", 96),
  column("fileCount", 66),
  column("priority", 80, text),
  column("isPrivate", 76, text),
  column("seenCompleteAtMs", 160, text),
  column("createdAtMs", 160, text),
  column("comment", 220, text),
  column("infoHash", 330, text),
  column("tracker", 220, text),
  column("folder", 240, text),
];

const CHOSEN_BY_DEFAULT: readonly TorrentField[] = [
  "name",
  "state",
  "progress",
  "sizeBytes",
  "downRate",
  "upRate",
  "etaMs",
  "seeds",
  "peers",
  "ratio",
  "category",
];
const WIDTH_MIN = 48;
const WIDTH_MAX = 1_000;

/** In order. */
export interface ColumnChoice {
  readonly field: TorrentField;
  readonly widthPx: number;
}

export function defaultChoice(): readonly ColumnChoice[] {
  return CHOSEN_BY_DEFAULT.flatMap((field) => {
    const known = findColumn(field);
    return known === undefined ? [] : [{ field, widthPx: known.widthPx }];
  });
}

export function findColumn(field: string): Column | undefined {
  return COLUMNS.find((each) => each.field === field);
}

/** What was stored, as far as it makes sense; the default otherwise. */
export function parseChoice(stored: unknown): readonly ColumnChoice[] {
  if (!Array.isArray(stored)) return defaultChoice();
  const chosen: ColumnChoice[] = [];
  for (const entry of stored as readonly unknown[]) {
    if (typeof entry !== "object" || entry === null || !("field" in entry) || !("widthPx" in entry)) continue;
    const known = typeof entry.field === "string" ? findColumn(entry.field) : undefined;
    if (known === undefined || chosen.some(({ field }) => field === known.field)) continue;
    chosen.push({ field: known.field, widthPx: clampWidth(Number(entry.widthPx), known.widthPx) });
  }
  return chosen.length === 0 ? defaultChoice() : chosen;
}

function clampWidth(widthPx: number, fallback: number): number {
  return Number.isFinite(widthPx) ? Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, Math.round(widthPx))) : fallback;
}

export function toggleColumn(choice: readonly ColumnChoice[], field: TorrentField): readonly ColumnChoice[] {
  const without = choice.filter((each) => each.field !== field);
  // The last one stays: a list without columns shows nothing.
  if (without.length < choice.length) return without.length === 0 ? choice : without;
  const known = findColumn(field);
  return known === undefined ? choice : [...choice, { field, widthPx: known.widthPx }];
}

export function resizeColumn(
  choice: readonly ColumnChoice[],
  { field, widthPx }: ColumnChoice,
): readonly ColumnChoice[] {
  return choice.map((each) => (each.field === field ? { field, widthPx: clampWidth(widthPx, each.widthPx) } : each));
}

/** Puts `field` where `before` stands. */
export function moveColumn(
  choice: readonly ColumnChoice[],
  { field, before }: { readonly field: TorrentField; readonly before: TorrentField },
): readonly ColumnChoice[] {
  const moved = choice.find((each) => each.field === field);
  if (moved === undefined || field === before) return choice;
  const rest = choice.filter((each) => each !== moved);
  const at = rest.findIndex((each) => each.field === before);
  return at < 0 ? choice : rest.toSpliced(at, 0, moved);
}

/** What rows must hold to be drawn with these columns. */
export function fieldsOf(choice: readonly ColumnChoice[]): readonly TorrentField[] {
  const fields = new Set<TorrentField>([
    "name",
    "state",
    "intent",
    "isComplete",
    "progress",
    "downRate",
    "upRate",
    "problem",
    "isStalled",
    "sizeBytes",
    "wantedBytes",
    "etaMs",
  ]);
  for (const { field } of choice) {
    fields.add(field);
    for (const needed of findColumn(field)?.needs ?? []) fields.add(needed);
  }
  return [...fields];
}
