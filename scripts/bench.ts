/**
 * Benches: `npm run bench -- --help` lists them. What follows `--`, or begins with `-`, goes to the bench, a program of its
 * own (`bench/<name>.ts`). One that takes far longer than it should is ended, and has failed.
 */
import { chooseBenches, describeBenches, splitArguments } from "./lib/bench-choice.ts";
import { runSource } from "./lib/run.ts";

const args = process.argv.slice(2);
if (["-h", "--help", "--list"].includes(args[0] ?? "")) {
  console.log(describeBenches());
  process.exit(0);
}
const { words, passed } = splitArguments(args);
const chosen = chooseBenches(words);
if (chosen.length === 0) {
  console.error(`No bench is called "${words.join(" ")}".\n\n${describeBenches()}`);
  process.exit(2);
}
let failed = 0;
for (const { name, minutesMax } of chosen) {
  console.log(`\n--- bench/${name}.ts`);
  const { code, seconds } = await runSource(`bench/${name}.ts`, passed, { timeoutMs: minutesMax * 60_000 });
  if (code !== 0) failed++;
  console.log(`--- bench/${name}.ts: ${code === 0 ? "done" : `failed with ${code}`} in ${seconds.toFixed(0)} s`);
}
console.log(`\nbench: ${chosen.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
