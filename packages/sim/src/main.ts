/** `npm run sim -- --seed N [--scenario NAME] [--runs N]`: plays scenarios, a line each, and says how to play one again. */
import { parseArgs } from "node:util";
import { SCENARIOS } from "./scenarios/index.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { Violation, type World } from "./world.ts";

const TAIL_MAX = 60;

interface Options {
  readonly seed: number;
  readonly runs: number;
  readonly scenarios: readonly Scenario[];
  readonly hasTrace: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      runs: { type: "string", default: "1" },
      scenario: { type: "string" },
      trace: { type: "boolean", default: false },
    },
  });
  const scenarios = SCENARIOS.filter(({ name }) => values.scenario === undefined || name.includes(values.scenario));
  if (scenarios.length === 0) {
    throw new Error(
      `no scenario is called ${values.scenario}; there are: ${SCENARIOS.map(({ name }) => name).join(", ")}`,
    );
  }
  return { seed: Number(values.seed), runs: Number(values.runs), scenarios, hasTrace: values.trace };
}

/** Plays one; says whether nothing forbidden happened. */
function play(scenario: Scenario, seed: number, hasTrace: boolean): boolean {
  let world: World | undefined;
  const label = `${scenario.name.padEnd(28)} seed ${seed}`;
  try {
    const result = scenario.run({
      seed,
      traceTailMax: hasTrace ? TAIL_MAX : 0,
      onWorld: (each) => void (world = each),
    });
    const numbers = Object.entries(result.numbers).map(([name, value]) => `${name}=${value}`);
    console.log(
      `ok   ${label}  hash ${result.hash}  ${(result.durationMs / 1000).toFixed(1)} s  ${result.steps} steps  ${numbers.join(" ")}`,
    );
    return true;
  } catch (error) {
    console.log(`FAIL ${label}  hash ${world?.trace.hash ?? "-"}  ${((world?.elapsedMs ?? 0) / 1000).toFixed(1)} s`);
    console.log(`     ${describe(error, hasTrace)}`);
    if (hasTrace) console.log(world?.trace.tail.slice(-TAIL_MAX).join("\n"));
    console.log(`     replay: npm run sim -- --seed ${seed} --scenario ${scenario.name} --trace`);
    return false;
  }
}

function describe(error: unknown, hasTrace: boolean): string {
  if (!(error instanceof Error)) return String(error);
  // What was found is told by its sentence; a crash of the engine by where it was.
  return error instanceof Violation && !hasTrace ? error.message : (error.stack ?? error.message);
}

const options = readOptions();
let failures = 0;
for (let run = 0; run < options.runs; run++) {
  for (const scenario of options.scenarios) if (!play(scenario, options.seed + run, options.hasTrace)) failures += 1;
}
process.exitCode = failures > 0 ? 1 : 0;
