import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DISK_RULES, type DiskDone, type DiskJob, type DiskRule, type DiskView } from "@torrential/engine";
import { describe, it } from "vitest";
import { DiskPool } from "./pool.ts";
import { makeFolder } from "./test-store.ts";

/** Memory as a file system: another device than the disk, on most systems. */
const SHARED_MEMORY = "/dev/shm";
const hasOtherDevice = existsSync(SHARED_MEMORY) && statSync(SHARED_MEMORY).dev !== statSync(tmpdir()).dev;

describe("the disk threads keep the rules of every disk", () => {
  for (const rule of DISK_RULES)
    it.skipIf(rule.needsOtherDevice === true && !hasOtherDevice)(rule.name, async () => await play(rule));
});

async function play(rule: DiskRule): Promise<void> {
  const folder = makeFolder();
  const otherDevice = hasOtherDevice ? mkdtempSync(join(SHARED_MEMORY, "torrential-disk-")) : undefined;
  const answers = new Map<number, DiskDone>();
  let wake = (): void => {};
  const pool = new DiskPool({
    workers: 2,
    onDone: (done) => {
      for (const each of done) answers.set(each.job, each);
      wake();
    },
    onCrash: (error) => {
      throw error;
    },
  });
  const segment = new SharedArrayBuffer(1 << 20);
  pool.addSegment(0, segment);
  const view: DiskView = {
    memory: new Uint8Array(segment),
    root: folder.path,
    otherDevice,
    readFile: (root, path) => (existsSync(join(root, ...path)) ? readFileSync(join(root, ...path)) : undefined),
    writeFile: (root, path, bytes) => {
      mkdirSync(dirname(join(root, ...path)), { recursive: true });
      writeFileSync(join(root, ...path), bytes);
    },
  };
  const answersOf = async (jobs: readonly DiskJob[]): Promise<readonly DiskDone[]> => {
    for (const job of jobs) pool.submit(job);
    while (pool.pending > 0) await new Promise<void>((resolve) => (wake = resolve));
    return jobs.map(({ job }) => answers.get(job)).filter((done) => done !== undefined);
  };
  try {
    const script = rule.play(view);
    for (let step = script.next(); step.done !== true;) step = script.next(await answersOf(step.value));
  } finally {
    await pool.close();
    folder.remove();
    if (otherDevice !== undefined) rmSync(otherDevice, { recursive: true, force: true });
  }
}
