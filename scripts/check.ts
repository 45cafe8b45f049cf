/**
 * Every static check, side by side: `npm run check`, or some of them: `npm run check -- tsc tidy`.
 * A check that passes is one line; one that fails shows what it said.
 */
import { run, type RunResult } from "./lib/run.ts";

const CHECKS: readonly (readonly [name: string, ...command: string[]])[] = [
  ["tsc", "tsc", "-p", "tsconfig.json", "--noEmit"],
  ["tsc-web", "tsc", "-p", "packages/web", "--noEmit"],
  ["oxlint", "oxlint"],
  ["oxfmt", "oxfmt", "--check"],
  ["knip", "knip", "--no-progress", "--no-config-hints"],
  ["imports", process.execPath, "scripts/imports.ts"],
  ["tidy", process.execPath, "scripts/tidy.ts"],
];

/** Runs the named checks (all when none is named) and returns how many passed and failed. */
export async function runChecks(
  names: readonly string[],
): Promise<{ readonly passed: number; readonly failed: number }> {
  const chosen = CHECKS.filter(([name]) => names.length === 0 || names.includes(name));
  const results = await Promise.all(
    chosen.map(async ([name, command = name, ...args]) => {
      const result = await run(command, args, { quiet: true });
      printResult(name, result);
      return result.code === 0;
    }),
  );
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed };
}

function printResult(name: string, { code, output, seconds }: RunResult): void {
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds.toFixed(1)} s)`);
  if (code !== 0) console.log(output.trimEnd().replaceAll(/^/gm, "  "));
}

if (import.meta.main) {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !CHECKS.some(([known]) => known === name));
  if (unknown.length > 0) {
    console.error(`There is no check "${unknown[0]}"; there are ${CHECKS.map(([name]) => name).join(", ")}.`);
    process.exit(2);
  }
  const { passed, failed } = await runChecks(names);
  console.log(`check: ${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
