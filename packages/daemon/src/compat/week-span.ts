/** One span of the setting `limits.schedule`, which other programs know only one of. */
export type WeekDay = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

export interface WeekSpan {
  readonly days: readonly unknown[];
  /** "HH:MM", local time. */
  readonly from: string;
  readonly to: string;
}

const MINUTES_PER_DAY = 24 * 60;

export function firstSpan(setting: unknown): WeekSpan | undefined {
  return Array.isArray(setting) ? (setting as readonly unknown[]).find(isSpan) : undefined;
}

function isSpan(value: unknown): value is WeekSpan {
  if (typeof value !== "object" || value === null) return false;
  const { days, from, to } = value as Partial<Record<keyof WeekSpan, unknown>>;
  return Array.isArray(days) && typeof from === "string" && typeof to === "string";
}

/** Minutes after midnight. */
export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

export function timeOf(minutes: number): string {
  const within = Math.min(Math.max(0, Math.trunc(minutes)), MINUTES_PER_DAY - 1);
  const pad = (value: number): string => String(value).padStart(2, "0");
  return `${pad(Math.floor(within / 60))}:${pad(within % 60)}`;
}
