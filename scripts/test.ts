/**
 * Everything that proves the project: `npm test`; or one runner with vitest's own arguments behind it:
 * `npm run test:unit -- packages/core`. Runs on although a runner failed, and ends with a closing line for each.
 *
 * A program that is not installed (other people's clients) skips its tests, by name; with TORRENTIAL_REQUIRE_ALL=1,
 * as in CI, whatever is skipped has failed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChecks } from "./check.ts";
import { run } from "./lib/run.ts";
import { formatTallies, readVitestReport, requireAll, sumFailed, type Tally } from "./lib/tally.ts";

const RUNNERS = ["check", "unit", "sim", "e2e", "interop"];
/** Runners that want a network of their own: they talk to other programs at addresses that must not clash. */
const IN_NAMESPACE: ReadonlySet<string> = new Set(["e2e", "interop"]);
const VITEST = "node_modules/vitest/vitest.mjs";
const NAMESPACE = "test/support/namespace.ts";

async function runStaticChecks(): Promise<Tally> {
  return { runner: "check", ...(await runChecks([])), skipped: [] };
}

async function runVitest(runner: string, args: readonly string[]): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), "torrential-report-"));
  const reportFile = join(folder, "report.json");
  const wrapper = IN_NAMESPACE.has(runner) && existsSync(NAMESPACE) ? [NAMESPACE, process.execPath] : [];
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  const vitest = [VITEST, "run", "--project", runner, "--passWithNoTests", ...reporters, ...args];
  const { code } = await run(process.execPath, [...wrapper, ...vitest]);
  const json = existsSync(reportFile) ? readFileSync(reportFile, "utf8") : undefined;
  rmSync(folder, { recursive: true, force: true });
  return readVitestReport(runner, json, code);
}

async function runAll(runners: readonly string[], args: readonly string[]): Promise<Tally[]> {
  const strict = process.env["TORRENTIAL_REQUIRE_ALL"] === "1";
  const tallies: Tally[] = [];
  for (const runner of runners) {
    console.log(`\n--- ${runner}`);
    const tally = runner === "check" ? await runStaticChecks() : await runVitest(runner, args);
    for (const name of tally.skipped) console.log(`${strict ? "MISSING" : "skipped"}: ${name}`);
    tallies.push(strict ? requireAll(tally) : tally);
  }
  return tallies;
}

const [runner, ...args] = process.argv.slice(2);
if (runner !== undefined && !RUNNERS.includes(runner)) {
  console.error(`There is no runner "${runner}"; there are ${RUNNERS.join(", ")}.`);
  process.exit(2);
}
const tallies = await runAll(runner === undefined ? RUNNERS : [runner], args);
console.log(`\n${formatTallies(tallies).join("\n")}`);
process.exit(sumFailed(tallies) === 0 ? 0 : 1);
