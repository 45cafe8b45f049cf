/** Why an HTTP request came to nothing. */
import { TorrentialError } from "@torrential/core";

export type HttpErrorCode =
  /** Our own rules forbid it: scheme, address, port, too many redirects. */
  | "http-refused"
  /** No name, no route, no connection, a broken one, or a certificate that does not hold. */
  | "http-unreachable"
  /** The name has no address of the family that was asked for. */
  | "http-no-address"
  | "http-timeout"
  /** More header or body than allowed. */
  | "http-too-large"
  /** What came is no HTTP, or in an encoding that we do not know. */
  | "http-invalid"
  /** The caller's signal. */
  | "http-aborted";

/** `message` is a sentence without secrets, and never quotes the answer's body. */
export class HttpError extends TorrentialError<HttpErrorCode> {
  constructor(code: HttpErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(code, message, options);
    this.name = "HttpError";
  }
}
