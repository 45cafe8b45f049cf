/** What the service refuses, as codes that every API translates to its own. */
import { TorrentialError } from "@torrential/core";

export type ServiceErrorCode =
  /** No torrent, category, tag, file, tracker, feed or hook of that name. */
  | "not-found"
  /** The torrent, category or tag is there already. */
  | "duplicate"
  /** A value is out of its range or of the wrong kind; the message names the field. */
  | "invalid"
  /** Not a torrent, or one that breaks a limit. */
  | "torrent-invalid"
  /** The idempotency key stands for another request. */
  | "key-reused"
  /** The torrent's metadata is not here yet. */
  | "no-metadata"
  /** What was asked does not fit the present state, such as queue moves while the queue is off. */
  | "conflict"
  /** A folder that is not under a configured root, or cannot be written to. */
  | "path-refused"
  /** A URL could not be fetched, or may not be asked (PROMISES C7). */
  | "fetch-failed"
  /** The state folder is full or cannot be written: nothing was changed. */
  | "state-unwritable"
  /** The setting widens power and needs the password again (PROMISES C3), or can only be set in the config file. */
  | "forbidden"
  /** This build or this torrent cannot do it. */
  | "unsupported"
  /** The daemon is stopping. */
  | "closing";

/** A command was refused, and nothing was changed. */
export class ServiceError extends TorrentialError<ServiceErrorCode> {
  constructor(code: ServiceErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(code, message, options);
    this.name = "ServiceError";
  }
}
