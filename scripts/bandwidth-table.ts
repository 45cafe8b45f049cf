/**
 * Runs every combination of limits and writes the table into docs/internals/bandwidth.md:
 * node --conditions=torrential-source scripts/bandwidth-table.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { runScenario, type Scenario, type ScenarioResult } from "../packages/engine/src/bandwidth/scenario.ts";

const PAGE = new URL("../docs/internals/bandwidth.md", import.meta.url);
const START = "<!-- table:start -->";
const END = "<!-- table:end -->";

const LIMITS = [5 * 1024, 50 * 1024, 1e6, 20e6, 500e6];
const PEER_COUNTS = [1, 8, 200];
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
  const rates = [...LIMITS, Infinity];
  const all: Scenario[] = [];
  for (const direction of ["up", "down"] as const) {
    for (const global of rates) {
      for (const torrent of rates) {
        for (const peer of rates) {
          if (Math.min(global, torrent, peer) === Infinity) continue;
          for (const peerCount of PEER_COUNTS) {
            all.push({ direction, global, torrent, peer, peerCount });
          }
        }
      }
    }
  }
  return all;
}

function rowName(scenario: Scenario): string {
  const levels = (["global", "torrent", "peer"] as const).filter((level) => scenario[level] !== Infinity);
  const lowest = Math.min(scenario.global, scenario.torrent, scenario.peer);
  return `${scenario.direction} | ${levels.join(" + ")} | ${formatRate(lowest)}`;
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
    const expected = Math.min(scenario.global, torrents * perTorrent);
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
    "| direction | limited levels | lowest limit | runs | 10 s off by | 2 s above by | Jain | longest wait, rounds | wakes/s |\n" +
    "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |";
  const skipped = `${total.runs} runs; ${total.skipped} combinations that allow more than 5 GB/s together are left out.`;
  return { table: [skipped, "", head, ...lines].join("\n"), total };
}

const page = readFileSync(PAGE, "utf8");
const { table, total } = makeTable();
const before = page.slice(0, page.indexOf(START) + START.length);
const after = page.slice(page.indexOf(END));
writeFileSync(PAGE, `${before}\n\n${table}\n\n${after}`);
console.log(formatRow("worst of all | |", total));
if (total.deviation > 0.02 || total.excess > 0.05 || total.jain < 0.98 || total.starvation > 3) {
  process.exitCode = 1;
}
