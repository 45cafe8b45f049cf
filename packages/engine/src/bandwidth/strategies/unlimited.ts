import type { RateLimit, RateStrategy } from "../strategy.ts";

const NO_LIMIT: RateLimit = {
  ceilingBytesPerSec: Infinity,
  guaranteeBytesPerSec: 0,
  until: Infinity,
};

/** The default of every node: no limit, and no cost. */
export const UNLIMITED: RateStrategy = { type: "unlimited", limitAt: () => NO_LIMIT };
