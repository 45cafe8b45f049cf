/** What the test runners said, and what that adds up to. */

/** One runner's outcome. */
export interface Tally {
  readonly runner: string;
  readonly passed: number;
  readonly failed: number;
  /** Full names of tests that did not run. */
  readonly skipped: readonly string[];
}

/** The part of vitest's JSON report that we read. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/**
 * Reads vitest's JSON report. A runner that ended badly without a failed test (a file that could not be loaded, a
 * crash, no report at all) counts as one failure.
 */
export function readVitestReport(runner: string, json: string | undefined, exitCode: number): Tally {
  if (json === undefined) return { runner, passed: 0, failed: 1, skipped: [] };
  const report = JSON.parse(json) as Report;
  const skipped = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .map(({ fullName }) => fullName.trim());
  const failed = Math.max(report.numFailedTests, exitCode === 0 ? 0 : 1);
  return { runner, passed: report.numPassedTests, failed, skipped };
}

/** The same tally where nothing may be missing: a skipped test failed, and so did a runner without a test. */
export function requireAll(tally: Tally): Tally {
  const empty = tally.passed + tally.failed + tally.skipped.length === 0 ? 1 : 0;
  return { ...tally, failed: tally.failed + tally.skipped.length + empty };
}

/** The closing lines: one for each runner, and the sum as the last. */
export function formatTallies(tallies: readonly Tally[]): string[] {
  const width = Math.max(0, ...tallies.map(({ runner }) => runner.length)) + 1;
  const lines = tallies.map(({ runner, passed, failed, skipped }) => {
    const missing = skipped.length === 0 ? "" : `, ${skipped.length} skipped`;
    return `${`${runner}:`.padEnd(width)} ${passed} passed, ${failed} failed${missing}`;
  });
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  return [...lines, `${passed} passed, ${sumFailed(tallies)} failed`];
}

/** Failures over all runners. */
export function sumFailed(tallies: readonly Tally[]): number {
  return tallies.reduce((sum, tally) => sum + tally.failed, 0);
}
