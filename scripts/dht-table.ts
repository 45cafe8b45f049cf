/** Prints the table of docs/internals/dht.md: `node scripts/dht-table.ts [seeds]`. Half a minute of CPU for each seed. */
import { type LookupNumbers, playDhtScenario } from "../packages/sim/src/dht/scenario.ts";

const NODES = 2_000;
const LOOKUPS = 200;

const runs = Number(process.argv[2] ?? 1);
const rows: string[][] = [["seed", "what happens", "found", "hops", "asked", "p95", "first peer", "p95"]];
for (let seed = 1; seed <= runs; seed++) {
  const result = playDhtScenario({ seed, nodes: NODES, lookups: LOOKUPS, churn: 0.2, sybils: 600 });
  rows.push(row(seed, "20 % leave unseen", result.churn), row(seed, "600 attackers in a /16", result.attack));
  const { datagramsPerNodeSec, bytesPerNodeSec } = result;
  console.error(
    `seed ${seed}: ${datagramsPerNodeSec.toFixed(2)} datagrams and ${bytesPerNodeSec.toFixed(0)} B a second for each node`,
  );
}
for (const cells of rows) console.log(`| ${cells.join(" | ")} |`);

function row(seed: number, name: string, numbers: LookupNumbers): string[] {
  const { found, lookups, medianHops, medianAsked, p95Asked, medianMs, p95Ms } = numbers;
  return [
    String(seed),
    name,
    `${found} of ${lookups}`,
    String(medianHops),
    String(medianAsked),
    String(p95Asked),
    `${medianMs.toFixed(0)} ms`,
    `${p95Ms.toFixed(0)} ms`,
  ];
}
