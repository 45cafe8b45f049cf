/** What a process costs, by what the kernel counts. */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const TICKS_PER_SECOND = 100;
const MIB = 1024 * 1024;

export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
}

export function residentMibOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024) / MIB;
}

/** Percent of one core over so many seconds. */
export async function cpuPercentOf(pid: number, seconds: number): Promise<number> {
  const before = cpuSecondsOf(pid);
  const startedAt = performance.now();
  await delay(seconds * 1_000);
  return (100_000 * (cpuSecondsOf(pid) - before)) / (performance.now() - startedAt);
}

/** In seconds. */
export async function secondsOf(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return (performance.now() - startedAt) / 1_000;
}

/** `share` of the values are not above it. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
