/**
 * Runs every combination of limits and writes the table into docs/internals/bandwidth.md:
 * node --conditions=torrential-source scripts/bandwidth-table.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import {
  DIRECTIONS,
  type Proof,
  proveChange,
  proveCrossingGroups,
  proveGroup,
  proveGroupAmongOthers,
  proveGroupWeights,
  proveGuarantee,
  proveLimitedAmongOthers,
  proveNobodyStarves,
  proveWeights,
  RATES,
} from "../packages/engine/src/bandwidth/proofs.ts";
import type { Direction } from "../packages/engine/src/bandwidth/strategy.ts";
import { runScenario, type Scenario, type ScenarioResult } from "../packages/engine/src/bandwidth/scenario.ts";

const PAGE = new URL("../docs/internals/bandwidth.md", import.meta.url);
const START = "<!-- table:start -->";
const END = "<!-- table:end -->";

const LEVELS = ["global", "group", "torrent", "peer"] as const;
const LEVELS_MAX = 3; // limited at once
const PEER_COUNTS = [1, 8, 200];
const PEER_COUNTS_ALL = [1, 2, 3, 5, 10, 20, 50, 100, 150, 200];
const WEIGHTS = [
  [1, 2, 5],
  [1, 3],
  [0.25, 1, 4],
];
const WORLD_MAX_BYTES_PER_SEC = 5e9; // more would only take the world's time: 200 peers with 500 MB/s each

interface Row {
  runs: number;
  skipped: number;
  deviation: number;
  excess: number;
  jain: number;
  starvation: number;
  wakesPerSec: number;
}

function scenarios(): Scenario[] {
  const rates = [...RATES, Infinity];
  const sets = rates.flatMap((global) =>
    rates.flatMap((group) => rates.flatMap((torrent) => rates.map((peer) => ({ global, group, torrent, peer })))),
  );
  const limited = sets.filter((set) => {
    const count = LEVELS.filter((level) => set[level] !== Infinity).length;
    return count > 0 && count <= LEVELS_MAX;
  });
  return DIRECTIONS.flatMap((direction) =>
    limited.flatMap((set) => PEER_COUNTS.map((peerCount) => ({ direction, ...set, peerCount }))),
  );
}

function rowName(scenario: Scenario): string {
  const levels = LEVELS.filter((level) => scenario[level] !== Infinity);
  return `${scenario.direction} | ${levels.join(" + ")}`;
}

function formatRate(rate: number): string {
  return rate < 1e6 ? `${rate / 1024} KiB/s` : `${rate / 1e6} MB/s`;
}

function addRun(row: Row, result: ScenarioResult): void {
  row.runs += 1;
  row.deviation = Math.max(row.deviation, result.deviation);
  row.excess = Math.max(row.excess, result.excess);
  row.jain = Math.min(row.jain, result.jain);
  row.starvation = Math.max(row.starvation, result.starvation);
  row.wakesPerSec = Math.max(row.wakesPerSec, result.wakesPerSec);
}

function emptyRow(): Row {
  return { runs: 0, skipped: 0, deviation: 0, excess: 0, jain: 1, starvation: 0, wakesPerSec: 0 };
}

function formatRow(name: string, row: Row): string {
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  return [
    `| ${name}`,
    row.runs,
    percent(row.deviation),
    percent(row.excess),
    row.jain.toFixed(4),
    row.starvation.toFixed(1),
    `${row.wakesPerSec.toFixed(0)} |`,
  ].join(" | ");
}

function makeTable(): { readonly table: string; readonly total: Row } {
  const rows = new Map<string, Row>();
  const total = emptyRow();
  for (const scenario of scenarios()) {
    const torrents = Math.min(4, scenario.peerCount);
    const peers = scenario.peerCount / torrents;
    const perTorrent = Math.min(scenario.torrent, peers * scenario.peer);
    const expected = Math.min(scenario.global, scenario.group ?? Infinity, torrents * perTorrent);
    if (expected > WORLD_MAX_BYTES_PER_SEC) {
      total.skipped += 1;
      continue;
    }
    const name = rowName(scenario);
    const row = rows.get(name) ?? emptyRow();
    rows.set(name, row);
    const result = runScenario(scenario);
    addRun(row, result);
    addRun(total, result);
  }
  const lines = [...rows].map(([name, row]) => formatRow(name, row));
  const head =
    "| direction | limited levels | runs | 10 s off by | 2 s above by | Jain | longest wait, rounds | wakes/s |\n" +
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |";
  const skipped = `${total.runs} runs; ${total.skipped} combinations that allow more than 5 GB/s together are left out.`;
  return { table: [skipped, "", head, ...lines].join("\n"), total };
}

/** The worst of each promise over all rates, both ways. */
function makeProofs(): { readonly table: string; readonly isKept: boolean } {
  const proofs = DIRECTIONS.flatMap((direction) => RATES.flatMap((rate) => proveAll(direction, rate)));
  const worst = new Map<string, Proof>();
  for (const proof of proofs) {
    const { what, direction, off } = proof;
    const name = `${direction} | ${what}`;
    if ((worst.get(name)?.off ?? -1) < off) worst.set(name, proof);
  }
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  const lines = [...worst].map(
    ([name, { off, offMax, rate }]) => `| ${name} | ${percent(off)} | ${percent(offMax)} | ${formatRate(rate)} |`,
  );
  const starving = DIRECTIONS.flatMap((direction) =>
    PEER_COUNTS_ALL.flatMap((count) => RATES.map((rate) => proveNobodyStarves(count, direction, rate))),
  );
  const rounds = Math.max(...starving.map((each) => each.rounds));
  const jain = Math.min(...starving.map((each) => each.jain));
  const head = "| direction | promise | off by at most | allowed | at |\n| --- | --- | ---: | ---: | --- |";
  const tail = `Nobody starves: with ${PEER_COUNTS_ALL.join(", ")} peers at each rate the longest wait is ${rounds.toFixed(1)} rounds, and Jain's index at least ${jain.toFixed(4)}.`;
  const isKept = proofs.every(({ off, offMax }) => off <= offMax) && rounds <= 3 && jain >= 0.98;
  return { table: [head, ...lines, "", tail].join("\n"), isKept };
}

function proveAll(direction: Direction, rate: number): Proof[] {
  const changes = RATES.filter((before) => before !== rate).flatMap((before) =>
    (["global", "torrent", "peer", "group"] as const).map((level) => proveChange(level, direction, [before, rate])),
  );
  return [
    ...WEIGHTS.map((weights) => proveWeights(weights, direction, rate)),
    ...proveGuarantee(direction, rate),
    proveGroup("limit", direction, rate),
    proveGroup("guarantee", direction, rate),
    ...WEIGHTS.flatMap((weights) => [
      proveGroupWeights(weights, "torrents", { direction, rate }),
      proveGroupWeights(weights, "peers", { direction, rate }),
    ]),
    ...[0.25, 0.9, 1].map((share) => proveGroupAmongOthers(share, direction, rate)),
    proveCrossingGroups(direction, rate),
    ...[0.25, 0.9, 1].map((share) => proveLimitedAmongOthers(share, direction, rate)),
    ...changes,
  ];
}

const page = readFileSync(PAGE, "utf8");
const { table, total } = makeTable();
const before = page.slice(0, page.indexOf(START) + START.length);
const after = page.slice(page.indexOf(END));
const proofs = makeProofs();
writeFileSync(PAGE, `${before}\n\n${proofs.table}\n\n${table}\n\n${after}`);
if (!proofs.isKept) process.exitCode = 1;
console.log(formatRow("worst of all |", total));
if (total.deviation > 0.02 || total.excess > 0.05 || total.jain < 0.98 || total.starvation > 3) {
  process.exitCode = 1;
}
