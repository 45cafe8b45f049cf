/** What a method refuses: the codes of Transmission's JSON-RPC, and the sentences that its classic clients match. */
import { ServiceError, type ServiceErrorCode } from "../../service/errors.ts";

export type RpcErrorKind =
  | "parse-error"
  | "invalid-request"
  | "method-not-found"
  | "invalid-params"
  | "internal-error"
  | "set-announce-list"
  | "invalid-tracker-list"
  | "path-not-absolute"
  | "unrecognized-info"
  | "system-error"
  | "file-index-out-of-range"
  | "piece-index-out-of-range"
  | "http-error"
  | "corrupt-torrent"
  | "invalid-blocklist";

/** Code and sentence of each. */
const CODES: Readonly<Record<RpcErrorKind, readonly [code: number, title: string]>> = {
  "parse-error": [-32700, "Parse error"],
  "invalid-request": [-32600, "Invalid Request"],
  "method-not-found": [-32601, "Method not found"],
  "invalid-params": [-32602, "Invalid params"],
  "internal-error": [-32603, "Internal error"],
  "set-announce-list": [1, "error setting announce list"],
  "invalid-tracker-list": [2, "Invalid tracker list"],
  "path-not-absolute": [3, "path is not absolute"],
  "unrecognized-info": [4, "unrecognized info"],
  "system-error": [5, "system error"],
  "file-index-out-of-range": [6, "file index out of range"],
  "piece-index-out-of-range": [7, "piece index out of range"],
  "http-error": [8, "HTTP error from backend service"],
  "corrupt-torrent": [9, "invalid or corrupt torrent file"],
  "invalid-blocklist": [10, "couldn't parse any valid blocklist rules"],
};

export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly kind: RpcErrorKind;
  /** What the classic form says; undefined for the kind's own sentence. */
  readonly detail: string | undefined;
  /** Names and values that come with it. */
  readonly result: Readonly<Record<string, unknown>>;

  constructor(kind: RpcErrorKind, detail?: string, result: Readonly<Record<string, unknown>> = {}) {
    super(detail ?? CODES[kind][1]);
    this.kind = kind;
    this.detail = detail;
    this.result = result;
  }

  get code(): number {
    return CODES[this.kind][0];
  }

  /** The kind's own sentence. */
  get title(): string {
    return CODES[this.kind][1];
  }
}

const BY_SERVICE_CODE: Readonly<Partial<Record<ServiceErrorCode, RpcErrorKind>>> = {
  "torrent-invalid": "corrupt-torrent",
  "fetch-failed": "http-error",
  invalid: "invalid-params",
  "path-refused": "system-error",
  "state-unwritable": "system-error",
};

/** What the service refused, said in Transmission's way. Anything that is no refusal is thrown on. */
export function translateError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof ServiceError) return new RpcError(BY_SERVICE_CODE[error.code] ?? "system-error", error.message);
  throw error;
}
