/** What a caller of another program's API may do: those APIs know no scopes, so the token's scope is looked at here. */
import { mayAccess, type Principal } from "../door/principal.ts";

/** Who gave a password, or owns the machine, may change what widens power (PROMISES C3). */
export function isSudo({ kind, sudoUntil }: Principal, now: number): boolean {
  return kind === "password" || kind === "none" || sudoUntil > now;
}

export function mayControl({ scope }: Principal): boolean {
  return mayAccess(scope, "control");
}
