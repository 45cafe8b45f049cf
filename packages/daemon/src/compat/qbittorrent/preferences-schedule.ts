/** The scheduler of alternative limits: qBittorrent has one span on a choice of days, we have any number of spans. */
import type { SettingValue } from "../../service/service.ts";
import type { SettingValues } from "../settings.ts";
import { firstSpan, timeOf, type WeekDay } from "../week-span.ts";
import type { Wishes } from "./preferences.ts";

export const SCHEDULE_PREFERENCES = [
  "scheduler_enabled",
  "schedule_from_hour",
  "schedule_from_min",
  "schedule_to_hour",
  "schedule_to_min",
  "scheduler_days",
] as const;

const WEEK: readonly WeekDay[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/** Scheduler::Days of the original: every day, weekdays, weekends, then one day each from Monday. */
const DAY_CHOICES: readonly (readonly WeekDay[])[] = [
  WEEK,
  WEEK.slice(0, 5),
  WEEK.slice(5),
  ...WEEK.map((day) => [day]),
];
const FROM_DEFAULT = { hour: 8, minute: 0 };
const TO_DEFAULT = { hour: 20, minute: 0 };

export function readSchedule(settings: SettingValues): Readonly<Record<string, number | boolean>> {
  const span = firstSpan(settings["limits.schedule"]);
  const from = span === undefined ? FROM_DEFAULT : clock(span.from);
  const to = span === undefined ? TO_DEFAULT : clock(span.to);
  const days = span === undefined ? 0 : DAY_CHOICES.findIndex((choice) => isSameDays(choice, span.days));
  return {
    scheduler_enabled: settings["limits.alternative"] === "schedule",
    schedule_from_hour: from.hour,
    schedule_from_min: from.minute,
    schedule_to_hour: to.hour,
    schedule_to_min: to.minute,
    scheduler_days: Math.max(0, days),
  };
}

export function writeSchedule(wishes: Wishes, settings: SettingValues): Record<string, SettingValue> {
  const present = readSchedule(settings);
  const number = (name: string): number => {
    const wish = wishes.get(name);
    return typeof wish === "number" ? wish : Number(present[name]);
  };
  const isOn = wishes.get("scheduler_enabled");
  const span = {
    days: DAY_CHOICES[number("scheduler_days")] ?? WEEK,
    from: timeOf(number("schedule_from_hour") * 60 + number("schedule_from_min")),
    to: timeOf(number("schedule_to_hour") * 60 + number("schedule_to_min")),
  };
  const mode = typeof isOn === "boolean" ? { "limits.alternative": isOn ? "schedule" : "off" } : {};
  return { ...mode, "limits.schedule": [span] };
}

function clock(time: string): { readonly hour: number; readonly minute: number } {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return { hour, minute };
}

function isSameDays(a: readonly string[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((day) => b.includes(day));
}
