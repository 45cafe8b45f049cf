import { TorrentialError } from "@torrential/core";

/** The rate itself, when it is a number from 0 to Infinity. Throws TorrentialError "rate-invalid". */
export function checkRate(name: string, rateBytesPerSec: number): number {
  if (!(rateBytesPerSec >= 0)) {
    throw new TorrentialError("rate-invalid", `${name} must be 0 bytes/s or more, got ${rateBytesPerSec}`);
  }
  return rateBytesPerSec;
}
