import { TorrentialError } from "@torrential/core";
import type { RateStrategy } from "../strategy.ts";
import { checkRate } from "./check-rate.ts";

/**
 * As in HTB: up to the guarantee a node is served before its siblings; above it, it borrows what its parent has to
 * spare, sharing by weight with the others, up to the ceiling (Infinity: only the ancestors' limits).
 * Throws TorrentialError "rate-invalid" when the guarantee exceeds the ceiling.
 */
export function guaranteeAndCeiling(rates: {
  readonly guaranteeBytesPerSec: number;
  readonly ceilingBytesPerSec: number;
}): RateStrategy {
  const limit = {
    ceilingBytesPerSec: checkRate("ceiling", rates.ceilingBytesPerSec),
    guaranteeBytesPerSec: checkRate("guarantee", rates.guaranteeBytesPerSec),
    until: Infinity,
  };
  if (limit.guaranteeBytesPerSec > limit.ceilingBytesPerSec) {
    throw new TorrentialError(
      "rate-invalid",
      `guarantee ${limit.guaranteeBytesPerSec} exceeds the ceiling ${limit.ceilingBytesPerSec}`,
    );
  }
  return { type: "guarantee-and-ceiling", limitAt: () => limit };
}
