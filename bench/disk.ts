/**
 * The disk pool alone: commits (hash and write) and reads of 1 GiB out of a slab, by piece length and thread count.
 * `node --conditions=torrential-source bench/disk.ts [--folder DIR] [--gib N]`
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sha1 } from "@torrential/core";
import type { DiskDone, DiskJob } from "@torrential/engine";
import { DiskPool } from "../packages/node/src/disk/pool.ts"; // An adapter behind the library, which does not export it.

const SLAB_BYTES = 64 << 20;
const { values } = parseArgs({
  options: { folder: { type: "string", default: tmpdir() }, gib: { type: "string", default: "1" } },
});
const totalBytes = Number(values.gib) * 2 ** 30;

interface Setting {
  readonly workers: number;
  readonly pieceLength: number;
}

class Bench {
  readonly #pool: DiskPool;
  readonly #waiting = new Map<number, (done: DiskDone) => void>();
  #job = 0;

  constructor(workers: number) {
    this.#pool = new DiskPool({
      workers,
      onDone: (done) => this.#handleDone(done),
      onCrash: (error) => {
        throw error;
      },
    });
  }

  get pool(): DiskPool {
    return this.#pool;
  }

  /** Runs `count` jobs with at most `inFlightMax` of them unanswered. */
  async runAll(count: number, inFlightMax: number, make: (index: number, job: number) => DiskJob): Promise<void> {
    let next = 0;
    let answered = 0;
    await new Promise<void>((resolve, reject) => {
      const fill = (): void => {
        while (next < count && next - answered < inFlightMax) this.#submit(make(next++, ++this.#job), handle);
      };
      const handle = (done: DiskDone): void => {
        if (done.type === "failed" || done.type === "hash-failed") return reject(new Error(JSON.stringify(done)));
        answered++;
        if (answered === count) resolve();
        else fill();
      };
      fill();
    });
  }

  #submit(job: DiskJob, handle: (done: DiskDone) => void): void {
    this.#waiting.set(job.job, handle);
    this.#pool.submit(job);
  }

  #handleDone(done: readonly DiskDone[]): void {
    for (const one of done) {
      const handle = this.#waiting.get(one.job);
      this.#waiting.delete(one.job);
      handle?.(one);
    }
  }
}

async function measure(label: string, action: () => Promise<void>): Promise<void> {
  const cpuBefore = process.cpuUsage();
  const loopBefore = performance.eventLoopUtilization();
  const startedAt = performance.now();
  await action();
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const gib = totalBytes / 2 ** 30;
  const loop = performance.eventLoopUtilization(loopBefore).active / 1000;
  const cells = [
    `${Math.round(totalBytes / 1e6 / seconds)} MB/s`,
    `${((cpu.user + cpu.system) / 1e6 / gib).toFixed(2)} CPU s/GiB`,
    `main thread ${(loop / gib).toFixed(2)} s/GiB`,
  ];
  console.log(`${label.padEnd(36)} ${cells.join("  ")}`);
}

async function run({ workers, pieceLength }: Setting): Promise<void> {
  const folder = mkdtempSync(join(values.folder, "torrential-bench-"));
  const bench = new Bench(workers);
  const segment = new SharedArrayBuffer(SLAB_BYTES);
  const words = new Uint32Array(segment);
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index, 2_654_435_761);
  const slots = SLAB_BYTES / pieceLength;
  const slotHashes = Array.from({ length: slots }, (_, slot) =>
    sha1(new Uint8Array(segment, slot * pieceLength, pieceLength)),
  );
  const count = totalBytes / pieceLength;
  const pieceHashes = Buffer.concat(
    Array.from({ length: count }, (_, piece) => slotHashes[piece % slots] ?? Buffer.alloc(20)),
  );
  const extent = (piece: number) => ({ segment: 0, offset: (piece % slots) * pieceLength, length: pieceLength });
  const files = [{ path: ["data"], lengthBytes: totalBytes, isPad: false, isExecutable: false }];
  bench.pool.addSegment(0, segment);
  await bench.runAll(1, 1, (_, job) => ({
    type: "open",
    job,
    store: 1,
    root: folder,
    files,
    pieceLength,
    pieceHashes,
  }));
  // The first touch of a free page of a virtual machine costs more than the write itself: touch them before.
  warmPages(join(folder, "warm"));
  const inFlightMax = Math.max(4, Math.min(512, slots / 2));
  const name = `${workers} worker(s), ${pieceLength / 1024} KiB pieces`;
  await measure(`commit  ${name}`, () =>
    bench.runAll(count, inFlightMax, (piece, job) => ({
      type: "commit",
      job,
      store: 1,
      piece,
      extents: [extent(piece)],
      hashedExtents: 0,
      wantBlockDigests: false,
    })),
  );
  await measure(`read    ${name}`, () =>
    bench.runAll(count, inFlightMax, (piece, job) => ({
      type: "read",
      job,
      store: 1,
      piece,
      begin: 0,
      extent: extent(piece),
    })),
  );
  await measure(`check   ${name}`, () =>
    bench.runAll(count, inFlightMax, (piece, job) => ({ type: "check", job, store: 1, piece })),
  );
  await bench.runAll(1, 1, (_, job) => ({ type: "close", job, store: 1, deleteFiles: true }));
  await bench.pool.close();
  rmSync(folder, { recursive: true });
}

function warmPages(path: string): void {
  const block = Buffer.alloc(64 << 20);
  for (let written = 0; written < totalBytes; written += block.length) writeFileSync(path, block, { flag: "a" });
  rmSync(path);
}

for (const pieceLength of [16 << 10, 256 << 10, 1 << 20, 4 << 20]) {
  for (const workers of [1, 2]) await run({ workers, pieceLength });
}
