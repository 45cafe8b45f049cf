/** Options that say when seeding is enough, and limit rates: of torrents, categories and tags. */
import type { RateLimit, ShareLimits } from "@torrential/api";
import type { Command } from "commander";
import { parseDuration, parseRate, parseRatio, UsageError, value } from "./values.ts";

const ACTIONS = ["stop", "remove", "remove-data", "super-seed", "global"] as const;
const MATCHES = ["any", "all", "global"] as const;

export interface LimitOptions {
  readonly ratio?: ShareLimits["ratio"];
  readonly seedTime?: ShareLimits["seedingTimeMs"];
  readonly idleTime?: ShareLimits["idleTimeMs"];
  readonly match?: ShareLimits["match"];
  readonly atLimit?: ShareLimits["action"];
  readonly maxDown?: number;
  readonly maxUp?: number;
}

export function addLimitOptions(verb: Command): Command {
  return verb
    .optionsGroup("Limits:")
    .option("--max-down <RATE>", "download at most so much a second; 0 for no limit", value(parseRateOrNone))
    .option("--max-up <RATE>", "upload at most so much a second; 0 for no limit", value(parseRateOrNone))
    .option(
      "--ratio <RATIO>",
      "seed until so much is uploaded; none, or global for the setting",
      value(orWord(parseRatio)),
    )
    .option("--seed-time <TIME>", "seed for so long: 12h, 7d; none or global", value(orWord(parseDuration)))
    .option(
      "--idle-time <TIME>",
      "seed until nothing was uploaded for so long; none or global",
      value(orWord(parseDuration)),
    )
    .option("--match <WHICH>", "any of these limits, or all that are set, or global", value(oneOf(MATCHES)))
    .option("--at-limit <ACTION>", `what then: ${ACTIONS.join(", ")}`, value(oneOf(ACTIONS)));
}

/** What was said; undefined for nothing. */
export function toShareLimits(options: LimitOptions): Partial<ShareLimits> | undefined {
  const { ratio, seedTime, idleTime, match, atLimit } = options;
  const limits: Partial<ShareLimits> = {
    ...(ratio === undefined ? {} : { ratio }),
    ...(seedTime === undefined ? {} : { seedingTimeMs: seedTime }),
    ...(idleTime === undefined ? {} : { idleTimeMs: idleTime }),
    ...(match === undefined ? {} : { match }),
    ...(atLimit === undefined ? {} : { action: atLimit }),
  };
  return Object.keys(limits).length === 0 ? undefined : limits;
}

/** Both directions together, as the API takes them; undefined for nothing said. */
export function toRateLimit({ maxDown, maxUp }: LimitOptions): RateLimit | undefined {
  if (maxDown === undefined && maxUp === undefined) return undefined;
  return { ...(maxDown ? { down: maxDown } : {}), ...(maxUp ? { up: maxUp } : {}) };
}

export function oneOf<const Words extends readonly string[]>(words: Words): (text: string) => Words[number] {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new UsageError(`got ${JSON.stringify(text)}, wanted one of ${words.join(", ")}`);
  };
}

function orWord(parse: (text: string) => number): (text: string) => number | "none" | "global" {
  return (text) => (text === "none" || text === "global" ? text : parse(text));
}

function parseRateOrNone(text: string): number {
  return text.trim() === "0" ? 0 : parseRate(text);
}
