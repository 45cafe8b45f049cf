import { DISK_RULES, type DiskDone, type DiskRule, type DiskView } from "@torrential/engine";
import { describe, expect, it } from "vitest";
import { Clock } from "./clock.ts";
import { SimDisk } from "./disk.ts";
import { PagePool } from "./pages.ts";
import { SimRandom } from "./random.ts";
import { Volume } from "./volume.ts";

describe("the simulated disk keeps the rules of every disk", () => {
  for (const rule of DISK_RULES)
    it(rule.name, () => {
      for (let seed = 1; seed <= 20; seed++) play(rule, seed);
    });
});

/** By another seed jobs overtake each other in another order. */
function play(rule: DiskRule, seed: number): void {
  const clock = new Clock();
  const volume = new Volume(clock, new PagePool());
  volume.mount("/far");
  const answers = new Map<number, DiskDone>();
  const violations: string[] = [];
  const disk = new SimDisk({
    clock,
    random: new SimRandom(seed),
    volume,
    handleDone: (done) => answers.set(done.job, done),
    handleViolation: (message) => violations.push(message),
  });
  const segment = new SharedArrayBuffer(1 << 20);
  disk.addSegment(0, segment);
  const view: DiskView = {
    memory: new Uint8Array(segment),
    root: "/near",
    otherDevice: "/far",
    readFile: (root, path) => {
      const name = [root, ...path].join("/");
      const bytes = new Uint8Array(volume.file(name)?.lengthBytes ?? 0);
      if (volume.file(name) === undefined) return undefined;
      volume.peek(name, bytes, 0);
      return bytes;
    },
    writeFile: (root, path, bytes) => volume.write([root, ...path].join("/"), bytes, 0),
  };
  const script = rule.play(view);
  for (let step = script.next(); step.done !== true;) {
    for (const job of step.value) disk.submit(job);
    while (clock.step());
    step = script.next(step.value.map(({ job }) => answers.get(job)).filter((done) => done !== undefined));
  }
  expect(violations, `seed ${seed}`).toEqual([]);
}
