/** A week as 7 × 24 hours that are on or off, and as the spans that the setting holds. */
export type Day = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";
export const DAYS: readonly Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
export const HOURS = 24;

export interface Span {
  readonly days: readonly Day[];
  /** "HH:MM". */
  readonly from: string;
  readonly to: string;
}

/** By day, then hour. */
export type Week = readonly (readonly boolean[])[];

/** Spans that do not begin and end at full hours fill every hour that they touch. */
export function toWeek(spans: readonly Span[]): Week {
  const week = DAYS.map(() => Array.from({ length: HOURS }, () => false));
  for (const { days, from, to } of spans) {
    const [begin, end] = [minutesOf(from), minutesOf(to)];
    for (const day of days) fill(week, DAYS.indexOf(day), { begin, end: end > begin ? end : end + HOURS * 60 });
  }
  return week;
}

function fill(week: boolean[][], day: number, { begin, end }: { readonly begin: number; readonly end: number }): void {
  for (let hour = Math.floor(begin / 60); hour * 60 < end; hour++) {
    const row = week[(day + Math.floor(hour / HOURS)) % DAYS.length];
    if (row !== undefined) row[hour % HOURS] = true;
  }
}

/** Runs of hours, with days that share the same run together. */
export function toSpans(week: Week): readonly Span[] {
  const byRun = new Map<string, { readonly from: string; readonly to: string; readonly days: Day[] }>();
  for (const [index, day] of DAYS.entries()) {
    for (const { from, to } of runsOf(week[index] ?? [])) {
      const key = `${from}-${to}`;
      const span = byRun.get(key) ?? { from, to, days: [] };
      span.days.push(day);
      byRun.set(key, span);
    }
  }
  return [...byRun.values()].map(({ days, from, to }) => ({ days, from, to }));
}

function runsOf(hours: readonly boolean[]): readonly { readonly from: string; readonly to: string }[] {
  const runs: { from: string; to: string }[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    if (hours[hour] !== true) continue;
    const begin = hour;
    while (hours[hour + 1] === true) hour += 1;
    runs.push({ from: timeOf(begin), to: timeOf(hour + 1) });
  }
  return runs;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

function timeOf(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

export function readSpans(value: unknown): readonly Span[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isSpan) : [];
}

function isSpan(value: unknown): value is Span {
  if (typeof value !== "object" || value === null) return false;
  const { days, from, to } = value as Partial<Record<keyof Span, unknown>>;
  return Array.isArray(days) && typeof from === "string" && typeof to === "string";
}
