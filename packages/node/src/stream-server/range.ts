/** The Range header of HTTP (RFC 9110, section 14), one part only. */

/** Bytes from `start` to `end`, exclusive. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
}

/** `whole`: no range, or one that is not for us to understand. */
export type RangeVerdict =
  | { readonly type: "whole" }
  | ({ readonly type: "part" } & ContentRange)
  | { readonly type: "unsatisfiable" };

/**
 * What a Range header asks of a file. Of several ranges none is answered: RFC 9110 lets a server ignore the header, and a
 * response of many parts is what makes a small request cost much.
 */
export function parseRange(header: string | undefined, lengthBytes: number): RangeVerdict {
  const match = /^bytes=[ \t]*(\d{0,16})-(\d{0,16})[ \t]*$/i.exec(header ?? "");
  const [, first = "", last = ""] = match ?? [];
  if (match === null || (first === "" && last === "")) return { type: "whole" };
  if (first === "") {
    const length = Math.min(Number(last), lengthBytes);
    return length === 0 ? { type: "unsatisfiable" } : { type: "part", start: lengthBytes - length, end: lengthBytes };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return { type: "whole" };
  if (start >= lengthBytes) return { type: "unsatisfiable" };
  const end = last === "" ? lengthBytes : Math.min(Number(last) + 1, lengthBytes);
  return { type: "part", start, end };
}
