/** Scenarios as rows of a table test, whose failures say how to play them again. */
import type { Scenario } from "./scenario.ts";

export interface Play {
  readonly label: string;
  run(): void;
}

/** One row for each scenario and seed. */
export function playsOf(scenarios: readonly Scenario[], seeds: readonly number[]): readonly Play[] {
  return scenarios.flatMap((scenario) =>
    seeds.map((seed) => ({ label: `${scenario.name}, seed ${seed}`, run: () => play(scenario, seed) })),
  );
}

function play(scenario: Scenario, seed: number): void {
  try {
    scenario.run({ seed });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\nreplay: npm run sim -- --seed ${seed} --scenario ${scenario.name} --trace`, {
      cause: error,
    });
  }
}
