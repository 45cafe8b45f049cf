/** When alternative limits are on. */

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const DAY_MINUTES = 24 * 60;

/** A rule of the setting "limits.schedule"; times are "HH:MM" by local time. */
export interface ScheduleRule {
  readonly days: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** Whether any rule covers the moment. An end at or before its begin is on the next day. */
export function isScheduled(rules: readonly ScheduleRule[], at: Date): boolean {
  const today = at.getDay();
  const minute = at.getHours() * 60 + at.getMinutes();
  return rules.some(({ days, from, to }) => {
    const [begin, end] = [toMinutes(from), toMinutes(to)];
    const isOn = (day: number): boolean => days.includes(DAYS[(day + 7) % 7] ?? "");
    if (end > begin) return isOn(today) && minute >= begin && minute < end;
    return (isOn(today) && minute >= begin) || (isOn(today - 1) && minute < end);
  });
}

function toMinutes(text: string): number {
  const [hours = "0", minutes = "0"] = text.split(":");
  return Math.min(DAY_MINUTES, Number(hours) * 60 + Number(minutes));
}
