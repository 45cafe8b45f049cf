/** Which bytes a request wants (RFC 9110, section 14). */
import { ApiProblem } from "./problems.ts";

export interface WantedRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly isPart: boolean;
}

/**
 * One range at most (PROMISES C27); what is no range of bytes is ignored, as is one for another version (`If-Range`).
 * Throws "range-invalid".
 */
export function parseRange(
  range: string | undefined,
  ifRange: string | undefined,
  { etag, lengthBytes }: { readonly etag: string; readonly lengthBytes: number },
): WantedRange {
  const whole = { start: 0, end: lengthBytes, isPart: false };
  if (range === undefined || !range.startsWith("bytes=")) return whole;
  if (ifRange !== undefined && ifRange !== etag) return whole;
  const match = /^bytes= *(\d{0,16})-(\d{0,16}) *$/.exec(range);
  const [, first = "", last = ""] = match ?? [];
  if (match === null || (first === "" && last === "")) {
    throw new ApiProblem("range-invalid", "one range of bytes at a time");
  }
  const start = first === "" ? Math.max(0, lengthBytes - Number(last)) : Number(first);
  const end = first === "" || last === "" ? lengthBytes : Math.min(lengthBytes, Number(last) + 1);
  if (start >= end) throw new ApiProblem("range-invalid", `the file has ${lengthBytes} bytes`);
  return { start, end, isPart: true };
}
