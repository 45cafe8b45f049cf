/** CPU and memory of another process and its threads, as the kernel counts them. */
import { readFileSync, readdirSync } from "node:fs";

/** Linux reports times in hundredths of a second whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MS = 50;

export interface Usage {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Peak of memory that belongs to no file: mapped torrent data is not in it. */
  readonly peakAnonymousBytes: number;
  /** Peak of everything resident, mapped torrent data too. */
  readonly peakResidentBytes: number;
  /** What everything else on the machine used meanwhile, in percent of one core: above 40 the run was disturbed. */
  readonly othersPercent: number;
}

export interface MeterOptions {
  /** The process began with the measurement, so all of its CPU counts, its start too. */
  readonly isNew: boolean;
  /** Processes that load the client on purpose: they are not "others". */
  readonly load?: readonly number[];
}

/** Measures from its making to `end()`. */
export class Meter {
  readonly #pid: number;
  readonly #load: readonly number[];
  readonly #startedAt = performance.now();
  readonly #cpuAtStart: number;
  readonly #othersAtStart: number;
  readonly #timer: NodeJS.Timeout;
  #peakAnonymousBytes = 0;

  constructor(pid: number, options: MeterOptions) {
    this.#pid = pid;
    this.#load = options.load ?? [];
    this.#cpuAtStart = options.isNew ? 0 : cpuSecondsOf(pid);
    this.#othersAtStart = this.#otherCpuSeconds();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  end(): Usage {
    clearInterval(this.#timer);
    this.#sample();
    const seconds = (performance.now() - this.#startedAt) / 1000;
    return {
      seconds,
      cpuSeconds: cpuSecondsOf(this.#pid) - this.#cpuAtStart,
      peakAnonymousBytes: this.#peakAnonymousBytes,
      peakResidentBytes: sumOf(this.#pid, "VmHWM"),
      othersPercent: (100 * (this.#otherCpuSeconds() - this.#othersAtStart)) / seconds,
    };
  }

  #otherCpuSeconds(): number {
    return [this.#pid, ...this.#load].reduce((sum, pid) => sum - cpuSecondsOf(pid), machineCpuSeconds());
  }

  #sample(): void {
    this.#peakAnonymousBytes = Math.max(
      this.#peakAnonymousBytes,
      sumOf(this.#pid, "RssAnon") + sumOf(this.#pid, "RssShmem"),
    );
  }
}

/** The process and all that descend from it. */
function treeOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? Number(statOf(Number(name))[1]) : NaN;
    if (Number.isFinite(parent)) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  for (const todo = [pid]; todo.length > 0;) {
    const next = todo.pop() ?? pid;
    found.push(next);
    todo.push(...(children.get(next) ?? []));
  }
  return found;
}

/** The fields of /proc/PID/stat behind the command's name: state first. */
function statOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return []; // it has left meanwhile
  }
}

function cpuSecondsOf(pid: number): number {
  // utime, stime, and the same of children that were waited for: fields 14 to 17 of proc(5), of which we dropped two.
  const ticks = treeOf(pid).map((it) =>
    statOf(it)
      .slice(11, 15)
      .reduce((sum, field) => sum + Number(field), 0),
  );
  return ticks.reduce((sum, it) => sum + it, 0) / TICKS_PER_SECOND;
}

/** Busy time of all cores: everything in the first line of /proc/stat but idle and waiting for disks. */
function machineCpuSeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (
    readFileSync("/proc/stat", "utf8").split("\n")[0] ?? ""
  )
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

function sumOf(pid: number, field: string): number {
  return treeOf(pid).reduce((sum, it) => sum + fieldOf(it, field), 0);
}

function fieldOf(pid: number, field: string): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
