import type { RateStrategy } from "../strategy.ts";
import { checkRate } from "./check-rate.ts";

/** One rate for good. 0 pauses the direction. Throws TorrentialError "rate-invalid" for negative or NaN. */
export function fixedRate(rateBytesPerSec: number): RateStrategy {
  const limit = {
    ceilingBytesPerSec: checkRate("rate", rateBytesPerSec),
    guaranteeBytesPerSec: 0,
    until: Infinity,
  };
  return { type: "fixed", limitAt: () => limit };
}
