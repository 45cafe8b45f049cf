/** The turtle's timetable: Transmission has one span of minutes on a set of days, we have any number of spans. */
import type { Service, SettingValue } from "../../service/service.ts";
import { firstSpan, minutesOf, timeOf, type WeekDay } from "../week-span.ts";
import type { Arguments } from "./arguments.ts";

export const SCHEDULE_FIELDS = [
  "alt_speed_time_begin",
  "alt_speed_time_day",
  "alt_speed_time_enabled",
  "alt_speed_time_end",
] as const;

type ScheduleField = (typeof SCHEDULE_FIELDS)[number];
export type AltSchedule = Readonly<Record<ScheduleField, number | boolean>>;

/** rpc-spec, tr_sched_day: bit 0 is Sunday. */
const DAYS: readonly WeekDay[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const EVERY_DAY = 127;
/** Transmission's own: from 9 to 17. */
const BEGIN_DEFAULT = 540;
const END_DEFAULT = 1020;

export function readAltSchedule(service: Service): AltSchedule {
  const settings = service.settings.all();
  const span = firstSpan(settings["limits.schedule"]);
  return {
    alt_speed_time_begin: span === undefined ? BEGIN_DEFAULT : minutesOf(span.from),
    alt_speed_time_end: span === undefined ? END_DEFAULT : minutesOf(span.to),
    alt_speed_time_day: span === undefined ? EVERY_DAY : maskOf(span.days),
    alt_speed_time_enabled: settings["limits.alternative"] === "schedule",
  };
}

/** Settings to change for what a client says of the timetable; a second span and more are given up. */
export function writeAltSchedule(args: Arguments, service: Service): Record<string, SettingValue> {
  const patch: Record<string, SettingValue> = {};
  const isOn = args.bool("alt_speed_time_enabled");
  if (isOn !== undefined) patch["limits.alternative"] = isOn ? "schedule" : "off";
  const [begin, end, days] = [
    args.int("alt_speed_time_begin"),
    args.int("alt_speed_time_end"),
    args.int("alt_speed_time_day"),
  ];
  if (begin === undefined && end === undefined && days === undefined && isOn !== true) return patch;
  const present = readAltSchedule(service);
  patch["limits.schedule"] = [
    {
      days: daysOf(days ?? Number(present.alt_speed_time_day)),
      from: timeOf(begin ?? Number(present.alt_speed_time_begin)),
      to: timeOf(end ?? Number(present.alt_speed_time_end)),
    },
  ];
  return patch;
}

function maskOf(days: readonly unknown[]): number {
  return DAYS.reduce((mask, day, bit) => (days.includes(day) ? mask | (1 << bit) : mask), 0);
}

function daysOf(mask: number): readonly string[] {
  return DAYS.filter((_, bit) => (mask & (1 << bit)) !== 0);
}
