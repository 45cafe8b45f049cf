/** Requests and answers of the qBittorrent WebUI API, as its endpoints see them. */
import { ServiceError, type ServiceErrorCode } from "../../service/errors.ts";
import type { Service } from "../../service/service.ts";
import { inTurns } from "../in-turns.ts";
import type { Params } from "./params.ts";
import type { QbSession } from "./sessions.ts";
import type { TorrentCreator } from "./torrent-creator.ts";

export interface UploadedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface QbRequest {
  readonly params: Params;
  /** Any part of a multipart form that is a file, whatever its field is called. */
  readonly files: readonly UploadedFile[];
  readonly session: QbSession;
  /** The caller knows the password, so that settings that widen power may change (PROMISES C3). */
  readonly isSudo: boolean;
}

export interface QbContext {
  readonly service: Service;
  readonly creator: TorrentCreator;
}

export interface QbResponse {
  readonly status: number;
  readonly contentType: string;
  /** A long one comes piece by piece. */
  readonly body: string | Uint8Array | AsyncIterable<string>;
  /** A file to be saved under this name. */
  readonly fileName?: string;
}

export type Handler = (request: QbRequest, context: QbContext) => QbResponse | Promise<QbResponse>;

export interface Endpoint {
  /** Reads answer GET, HEAD and POST; what changes something answers POST only. */
  readonly kind: "read" | "write";
  readonly handle: Handler;
}

export function read(handle: Handler): Endpoint {
  return { kind: "read", handle };
}

export function write(handle: Handler): Endpoint {
  return { kind: "write", handle };
}

export function text(body: string, status = 200): QbResponse {
  return { status, contentType: "text/plain; charset=UTF-8", body };
}

export function json(value: unknown): QbResponse {
  return { status: 200, contentType: "application/json", body: JSON.stringify(value) };
}

/** JSON that is written already, in pieces. */
export function jsonText(pieces: Iterable<string>): QbResponse {
  return { status: 200, contentType: "application/json", body: inTurns(pieces) };
}

/** What a change answers when it is done. */
export const DONE: QbResponse = text("");

/** A refusal, with the status code of the original. */
export class QbError extends Error {
  override readonly name = "QbError";
  readonly status: 400 | 403 | 404 | 409 | 415 | 500;

  constructor(status: QbError["status"], message: string) {
    super(message);
    this.status = status;
  }
}

const STATUS_BY_CODE: Readonly<Partial<Record<ServiceErrorCode, QbError["status"]>>> = {
  "not-found": 404,
  duplicate: 409,
  invalid: 400,
  "torrent-invalid": 415,
  "no-metadata": 409,
  "path-refused": 403,
  forbidden: 403,
};

/** What the service or an endpoint refused. Anything that is no refusal is thrown on. */
export function describeRefusal(error: unknown): QbResponse {
  if (error instanceof QbError) return text(error.message, error.status);
  if (error instanceof ServiceError) return text(error.message, STATUS_BY_CODE[error.code] ?? 409);
  throw error;
}
