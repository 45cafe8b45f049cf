/** A limit as people write it: "500KB", "none", "off", "500KB.." (sure of it), "500KB..2MiB" (sure of it, and at most). */
import type { SimpleLimit } from "@torrential/node";
import { formatRate } from "./format.ts";
import { parseRate, UsageError } from "./values.ts";

/** Throws a UsageError. */
export function parseLimitValue(text: string): SimpleLimit {
  const word = text.trim().toLowerCase();
  if (word === "none") return { type: "unlimited" };
  if (word === "off") return { type: "fixed", bytesPerSec: 0 };
  const [sure = "", most] = word.split("..");
  if (most === undefined) return { type: "fixed", bytesPerSec: parse(sure, text) };
  const guaranteeBytesPerSec = parse(sure, text);
  if (most === "") return { type: "guarantee-and-ceiling", guaranteeBytesPerSec };
  const ceilingBytesPerSec = parse(most, text);
  if (ceilingBytesPerSec < guaranteeBytesPerSec)
    throw new UsageError(`got ${JSON.stringify(text)}: it cannot be sure of more than it may have at most`);
  return { type: "guarantee-and-ceiling", guaranteeBytesPerSec, ceilingBytesPerSec };
}

/** For people: "500 KB/s", "no limit", "500 KB/s sure, 2 MB/s at most". */
export function describeLimit(limit: SimpleLimit): string {
  switch (limit.type) {
    case "unlimited":
      return "no limit";
    case "fixed":
      return limit.bytesPerSec === 0 ? "nothing" : formatRate(limit.bytesPerSec);
    case "guarantee-and-ceiling": {
      const sure = `${formatRate(limit.guaranteeBytesPerSec)} sure`;
      const most = limit.ceilingBytesPerSec;
      return most === undefined ? sure : `${sure}, ${formatRate(most)} at most`;
    }
    default:
      return limit satisfies never;
  }
}

function parse(rate: string, text: string): number {
  try {
    return parseRate(rate);
  } catch (cause) {
    throw new UsageError(
      `got ${JSON.stringify(text.slice(0, 80))}, wanted a rate such as 500KB, 2MiB or 800kbit (a second), none, off, 500KB.. or 500KB..2MiB`,
      { cause },
    );
  }
}
