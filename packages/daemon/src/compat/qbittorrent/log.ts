/** `log/…`: what happened, from our history of events. */
import type { HistoryEvent } from "../../service/changes.ts";
import { type Handler, json } from "./http.ts";

/** Log::MsgType of the original. */
const TYPES = { info: 2, warning: 4, error: 8 } as const;
const FLAGS: ReadonlyMap<HistoryEvent["level"], string> = new Map([
  ["info", "info"],
  ["warning", "warning"],
  ["error", "critical"],
]);
const EVENTS_MAX = 1_000;

export const mainLog: Handler = ({ params }, { service }) => {
  const after = params.int("last_known_id") ?? -1;
  const events = service.history.since(Math.max(0, after), { limit: EVENTS_MAX });
  const isWanted = ({ level }: HistoryEvent): boolean => params.bool(FLAGS.get(level) ?? "") !== false;
  return json(
    events
      .filter(isWanted)
      .map(({ id, atMs, level, message }) => ({ id, message, timestamp: Math.floor(atMs / 1000), type: TYPES[level] })),
  );
};

export const peerLog: Handler = ({ params }, { service }) => {
  const after = params.int("last_known_id") ?? -1;
  const events = service.history.since(Math.max(0, after), { limit: EVENTS_MAX });
  return json(
    events
      .filter(({ type }) => type === "peer-banned")
      .map(({ id, atMs, message }) => ({
        id,
        blocked: false,
        ip: message.split(" ")[0] ?? "",
        reason: message,
        timestamp: Math.floor(atMs / 1000),
      })),
  );
};
