/** What the system says of a broken connection, in the engine's words. */
import type { CloseReason } from "@torrential/engine";

const REASON_BY_ERRNO: ReadonlyMap<string, CloseReason> = new Map([
  ["ECONNREFUSED", "refused"],
  ["ETIMEDOUT", "timeout"],
  ["ECONNRESET", "reset"],
  ["ECONNABORTED", "reset"],
  ["EPIPE", "reset"],
  ["ENETUNREACH", "unreachable"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETDOWN", "unreachable"],
  ["EHOSTDOWN", "unreachable"],
  ["EADDRNOTAVAIL", "unreachable"],
]);

/** The reason behind a socket's error; "error" for what is not listed. */
export function reasonOf(error: Error): CloseReason {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return REASON_BY_ERRNO.get(code) ?? "error";
}
