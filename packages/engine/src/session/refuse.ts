/** What is said to a command for a torrent that is not there. */
import type { Outlet } from "../outbox.ts";
import type { Command } from "./commands.ts";
import type { SessionOutput } from "./outputs.ts";

/** Whoever waits for an answer gets one, also when there is no such torrent. */
export function refuse(command: Command, out: Outlet<SessionOutput>): void {
  const message = "There is no such torrent.";
  if (command.type === "read") {
    out.push({ type: "read-done", request: command.request, result: { ok: false, message } });
  } else if (command.type === "rename-files" || command.type === "move-storage") {
    out.push({ type: "command-done", request: command.request, result: { ok: false, class: "refused", message } });
  }
}
