/**
 * Fuzzing: `npm run fuzz` gives each target ten seconds; `npm run fuzz -- --seconds 300 --seed 7 bencode` one target
 * more. A target is `fuzz/<name>.ts` and exports `fuzz(input: Uint8Array): void`, and may export `seeds: readonly
 * Uint8Array[]`, inputs to start from. A TorrentialError is how bad input is refused; whatever else is thrown, or takes
 * longer than a second, is a finding: printed in hex, with the seed that brings it back.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { TorrentialError } from "@torrential/core";
import { ROOT } from "./lib/files.ts";
import { mutate, seededRandom } from "./lib/mutate.ts";

interface Target {
  readonly fuzz: (input: Uint8Array) => void;
  readonly seeds?: readonly Uint8Array[];
}

const KEPT_MAX = 256;
const SLOW_MS = 1000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "10" }, seed: { type: "string" } },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);

/** Feeds one target for its time; returns the number of inputs, and the finding when there is one. */
function runTarget(target: Target): {
  readonly runs: number;
  readonly finding?: { input: Uint8Array; error: unknown };
} {
  const random = seededRandom(seed);
  const corpus: Uint8Array[] = [...(target.seeds ?? [new Uint8Array()])];
  const end = performance.now() + seconds * 1000;
  let runs = 0;
  while (performance.now() < end) {
    const start = corpus[Math.floor(random() * corpus.length)] ?? new Uint8Array();
    const input = mutate(start, random);
    const error = tryInput(target, input);
    if (error !== undefined) return { runs, finding: { input, error } };
    runs++;
    // Without coverage to go by, a walk: now and then go on from where we are.
    if (random() < 0.01) corpus[corpus.length < KEPT_MAX ? corpus.length : Math.floor(random() * KEPT_MAX)] = input;
  }
  return { runs };
}

/** What is wrong with how the target took this input. */
function tryInput(target: Target, input: Uint8Array): unknown {
  const started = performance.now();
  try {
    target.fuzz(input.slice());
  } catch (error) {
    if (!(error instanceof TorrentialError)) return error;
  }
  const tookMs = performance.now() - started;
  return tookMs > SLOW_MS ? new Error(`took ${tookMs.toFixed(0)} ms`) : undefined;
}

const files = readdirSync(join(ROOT, "fuzz")).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
const chosen = files.filter((file) => positionals.length === 0 || positionals.some((name) => file.includes(name)));
let failed = chosen.length === 0 ? 1 : 0;
for (const file of chosen) {
  const target = (await import(pathToFileURL(join(ROOT, "fuzz", file)).href)) as Target;
  const { runs, finding } = runTarget(target);
  console.log(`${finding === undefined ? "ok    " : "FAILED"} fuzz/${file}: ${runs} inputs, --seed ${seed}`);
  if (finding === undefined) continue;
  failed++;
  console.log(`  input: ${Buffer.from(finding.input).toString("hex")}`);
  console.log(finding.error);
}
console.log(`fuzz: ${chosen.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
