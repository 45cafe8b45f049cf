/** Tells systemd how the daemon is (sd_notify(3)). */
import { spawn } from "node:child_process";

/**
 * By the program `systemd-notify`, since Node has no datagram sockets for unix: the unit needs `NotifyAccess=all`.
 * Without a supervisor that listens, nothing happens. `assignments` are those of sd_notify, since options such as
 * `--stopping` are younger than systemd 253.
 */
export function notifySupervisor(...assignments: readonly string[]): void {
  if (process.env["NOTIFY_SOCKET"] === undefined) return;
  const child = spawn("systemd-notify", assignments, { stdio: "ignore", shell: false });
  // Whoever waits for the notice will say that it did not come.
  child.on("error", () => undefined);
}
