/** What every method of the RPC is given, and gives back. */
import type { Service } from "../../service/service.ts";
import type { Arguments } from "./arguments.ts";
import type { Spelling } from "./names.ts";
import type { RecentActivity } from "./torrent-refs.ts";

export interface MethodContext {
  readonly service: Service;
  readonly recent: RecentActivity;
  /** Opaque, the same for all clients: it proves that a request was not sent by a page of another origin. */
  readonly sessionId: string;
  readonly stateFolder: string;
  readonly dialect: "classic" | "json-rpc";
  /** How this dialect spells the names inside torrents. */
  readonly torrentSpelling: Spelling;
  /** The caller gave the password with this request, so that settings that widen power may change (PROMISES C3). */
  readonly isSudo: boolean;
  /** Else only methods that read are run. */
  readonly mayControl: boolean;
}

/** Answers with canonical names; rejects with RpcError or ServiceError. */
export type Method = (args: Arguments, context: MethodContext) => Promise<Readonly<Record<string, unknown>>>;
