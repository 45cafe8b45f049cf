/** Carries out what a user wants of a torrent's trackers. */
import type { Millis } from "../ports/machine.ts";
import type { TrackerCommand } from "../session/commands.ts";
import type { Announcer, AnnounceTotals } from "./announcer.ts";

export function commandTrackers(
  announcer: Announcer,
  command: TrackerCommand,
  totals: AnnounceTotals,
  now: Millis,
): void {
  switch (command.type) {
    case "reannounce":
      return announcer.reannounce(command, now);
    case "set-announce-to":
      return announcer.setAnnounceTo(command.announceTo);
    case "add-trackers":
      return announcer.addTrackers(command.trackers);
    case "set-trackers":
      return announcer.setTrackers(command.trackers, totals);
    case "remove-tracker":
      return announcer.removeTracker(command.url, totals);
    default:
      return command satisfies never;
  }
}
