/** Rates, which mitata's times per iteration hide. */
import { median } from "./table.ts";

const RUNS_TO_WARM_UP = 5;
const RUNS = 15;

/** Prints how many units a second `task` gets through, when it does `unitsPerRun` of them; the median of some runs. */
export function reportRate(name: string, unitsPerRun: number, unit: string, task: () => void): void {
  for (let i = 0; i < RUNS_TO_WARM_UP; i++) task();
  const seconds = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    task();
    return (performance.now() - start) / 1000;
  });
  const perSec = Math.round(unitsPerRun / median(seconds));
  process.stdout.write(`${name}: ${perSec.toLocaleString("en")} ${unit}\n`);
}
