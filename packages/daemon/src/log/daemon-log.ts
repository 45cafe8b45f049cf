/** What happens in the daemon, in its log: by area, at the levels of the settings. */
import type { LogLevel } from "@torrential/api";
import type { HistoryEvent } from "../service/changes.ts";
import type { Service } from "../service/service.ts";
import type { Log, Logs } from "./log.ts";

const AREAS: Readonly<Partial<Record<HistoryEvent["type"], string>>> = {
  "tracker-failed": "trackers",
  "peer-banned": "peers",
  hook: "hooks",
  "watch-folder": "watch",
  settings: "settings",
  daemon: "daemon",
};
const LEVELS = { info: "info", warning: "warn", error: "error" } as const satisfies Record<string, keyof Log>;
const PAGE = 500;

/** Writes the history on from here into the log, until the returned function is called. */
export function logHistory(service: Service, logs: Logs): () => void {
  let last = service.history.latest({ limit: 1 })[0]?.id ?? 0;
  return service.subscribe(({ topics }) => {
    if (!topics.has("history")) return;
    const events = service.history.since(last, { limit: PAGE });
    for (const { id, level, type, infoHash, message } of events) {
      last = id;
      const area = AREAS[type] ?? "torrents";
      logs.area(area)[LEVELS[level]](message, { event: type, ...(infoHash === undefined ? {} : { infoHash }) });
    }
  });
}

/** "http=debug", as the setting `log.levels` has them; an area that is not named is as `*` says. */
export function parseLevels(assignments: readonly string[]): Readonly<Record<string, LogLevel>> {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const [area = "", level = ""] = assignment.split("=");
      return [area, level as LogLevel];
    }),
  );
}
