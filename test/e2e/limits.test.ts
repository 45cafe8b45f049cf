import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../support/exit-codes.ts";
import { digestTree } from "../support/digest.ts";
import { findFreePort } from "../support/free-port.ts";
import { leech } from "../support/raw-leech.ts";
import { KIB, MIB, Scene } from "./setup.ts";

describe("a limit of downloads", () => {
  it.each([
    { options: ["--max-down", "2MiB"], least: 0.9, most: 1.1 },
    { options: ["--limit-schedule", "daily 00:00-24:00 down=2MiB"], least: 0.9, most: 1.1 },
    // A header of 52 bytes for every 1,448: 3.5 % less payload.
    { options: ["--max-down", "2MiB", "--count-overhead"], least: 0.86, most: 0.985 },
  ])("$options keeps to its rate, and --why says that it is why", async ({ options, least, most }) => {
    const rateBytesPerSec = 2 * MIB;
    await using scene = Scene.make("max-down", { files: 14 * MIB, pieceLength: 64 * KIB });
    const seed = await scene.startSeed();
    await using run = scene.download([seed], [...options, "--why"]);
    await run.expectExit(EXIT.done);
    // Between one and thirteen MiB, so that neither the first burst nor the end counts.
    const verified = run.events.flatMap((it) =>
      it.event.event === "status" ? [{ atMs: it.atMs, bytes: it.event.verified }] : [],
    );
    const from = verified.find((it) => it.bytes >= MIB);
    const to = verified.findLast((it) => it.bytes <= 13 * MIB);
    if (from === undefined || to === undefined) throw new Error(run.describe());
    const rate = ((to.bytes - from.bytes) * 1000) / (to.atMs - from.atMs);
    expect(rate).toBeGreaterThan(rateBytesPerSec * least);
    expect(rate).toBeLessThan(rateBytesPerSec * most);
    const why = run.events.map(({ line }) => JSON.parse(line)).findLast(({ event }) => event === "why");
    const share = { reason: "ticket", level: "global", share: expect.any(Number), seconds: expect.any(Number) };
    const counted = { count: expect.any(Number), text: expect.stringContaining("download limit") };
    expect(why.down.total).toContainEqual(expect.objectContaining({ ...share, ...counted }));
    const recent = { down: expect.arrayContaining([share]), up: expect.any(Array) };
    expect(why.peers).toEqual([{ peer: seed.hostPort, down: expect.any(String), up: expect.any(String), recent }]);
  });
});

describe("--max-up", () => {
  it("keeps to its rate within a tenth", async () => {
    await using scene = Scene.make("max-up", { files: 5 * MIB, pieceLength: 64 * KIB });
    const port = await findFreePort("127.0.0.1");
    const place = ["-o", scene.fixture.dataDir, "--state", scene.stateDir, "--bind", "127.0.0.1", "--no-trackers"];
    await using run = scene.start([
      "seed",
      scene.fixture.torrentFile,
      ...place,
      "--port",
      String(port),
      "--max-up",
      "1MiB",
    ]);
    await run.waitForStatus((it) => it.state === "seeding", "seeding");
    const got = await leech(scene.fixture, { address: "127.0.0.1", port });
    expect(got).toMatchObject({ failedPieces: 0, bytes: scene.fixture.lengthBytes });
    const rate = got.bytes / got.seconds;
    expect(rate).toBeLessThan(MIB * 1.25); // a burst at the start is fair
    expect(rate).toBeGreaterThan(MIB * 0.85);
  });
});

describe("--select", () => {
  const files = [
    { path: ["docs", "a.txt"], lengthBytes: 100_000 },
    { path: ["docs", "b.bin"], lengthBytes: 200_000 },
    { path: ["media", "c.txt"], lengthBytes: 300_000 },
    { path: ["media", "empty.txt"], lengthBytes: 0 },
  ];

  it("makes and fetches only the files that fit its globs", async () => {
    await using scene = Scene.make("select", { name: "tree", files });
    const seed = await scene.startSeed();
    await using run = scene.download([seed], ["--select", "docs/*.txt", "--select", "**/empty.txt"]);
    await run.expectExit(EXIT.done);
    const source = digestTree(join(scene.fixture.dataDir, "tree"));
    const made = digestTree(join(scene.saveDir, "tree"));
    expect(made).toEqual(expect.arrayContaining(source.filter((it) => /^(docs\/a|media\/empty)\.txt/.test(it))));
    // The last piece of a.txt reaches into b.bin, whose part is kept out of sight.
    expect(made.map((it) => it.split(" ")[0])).toEqual(["docs/a.txt", "media/empty.txt"]);
    expect(seed.uploaded).toBeLessThan(200_000);
  });

  it("says so when nothing fits", async () => {
    await using scene = Scene.make("select-none", { name: "tree", files });
    await using run = scene.download([], ["--select", "*.iso"]);
    expect((await run.waitForExit(10_000)).code).not.toBe(EXIT.done);
    expect(run.process.stderr).toContain("*.iso");
    expect(existsSync(join(scene.saveDir, "tree"))).toBe(false);
  });
});

describe("--seed", () => {
  it("--seed-ratio ends it when that much was given back", async () => {
    await using scene = Scene.make("ratio");
    const seed = await scene.startSeed();
    const port = await findFreePort("127.0.0.1");
    await using run = scene.download([seed], ["--seed", "--seed-ratio", "1", "--port", String(port)]);
    await run.waitForStatus((it) => it.state === "seeding", "seeding");
    await leech(scene.fixture, { address: "127.0.0.1", port });
    await run.expectExit(EXIT.done, 10_000);
    expect(run.status?.uploaded).toBeGreaterThanOrEqual(scene.fixture.lengthBytes);
  });

  it("--seed-time ends it when its time is over", async () => {
    await using scene = Scene.make("time");
    const seed = await scene.startSeed();
    await using run = scene.download([seed], ["--seed", "--seed-time", "2s"]);
    await run.waitForStatus((it) => it.state === "seeding", "seeding");
    const seedingAtMs = performance.now();
    await run.expectExit(EXIT.done, 10_000);
    expect(performance.now() - seedingAtMs).toBeGreaterThan(1500);
  });
});
