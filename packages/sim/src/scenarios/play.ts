/** For the tests of scenarios: one `it` for each seed, whose failure says how to play it again. */
import { it } from "vitest";
import type { Scenario } from "./scenario.ts";

/** Plays the scenario once for each seed. */
export function playAll(scenarios: readonly Scenario[], seeds: readonly number[]): void {
  for (const scenario of scenarios) {
    for (const seed of seeds) {
      it(`${scenario.name}, seed ${seed}`, () => {
        try {
          scenario.run({ seed });
        } catch (error) {
          const replay = `npm run sim -- --seed ${seed} --scenario ${scenario.name} --trace`;
          throw new Error(`${error instanceof Error ? error.message : String(error)}\nreplay: ${replay}`, {
            cause: error,
          });
        }
      });
    }
  }
}
