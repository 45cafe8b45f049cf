/**
 * Benches: `npm run bench` runs the micro benches, then the end-to-end comparison; `npm run bench -- micro` or
 * `npm run bench -- e2e` one kind; a name behind it (`micro decoder`) only files with that name. What follows `--` in
 * turn goes to the bench. A bench is a program: `bench/<name>.ts`, end to end when its name starts with `e2e`.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/files.ts";
import { chooseBenches, splitArguments } from "./lib/bench-choice.ts";
import { runSource } from "./lib/run.ts";

const { words, passed } = splitArguments(process.argv.slice(2));
const files = readdirSync(join(ROOT, "bench")).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
const chosen = chooseBenches(files, words);
if (chosen.length === 0) {
  console.error(`No bench is called "${words.join(" ")}"; there are ${files.join(", ") || "none"}.`);
  process.exit(2);
}
let failed = 0;
for (const file of chosen) {
  console.log(`\n--- bench/${file}`);
  const { code } = await runSource(`bench/${file}`, passed);
  if (code !== 0) failed++;
}
console.log(`\nbench: ${chosen.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
