/** Who a request speaks for, and what that may do. */
import type { Access, Identity, Scope } from "@torrential/api";

export interface Principal {
  readonly kind: Identity["kind"];
  readonly name: string;
  readonly scope: Scope;
  /** Of a session. */
  readonly sessionId?: string;
  /** Of an API token. */
  readonly tokenId?: string;
  /** Monotonic; Infinity for the owner of the machine. */
  readonly sudoUntil: number;
}

const LEVELS: readonly Scope[] = ["read", "add", "control", "admin"];

/** Each scope holds those before it. */
export function mayAccess(scope: Scope, wanted: Access): boolean {
  return wanted === "public" || LEVELS.indexOf(scope) >= LEVELS.indexOf(wanted);
}
