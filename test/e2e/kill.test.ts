import { describe, expect, it } from "vitest";
import { differences, digestOf } from "../support/digest.ts";
import { EXIT } from "../support/exit-codes.ts";
import { findFreePort } from "../support/free-port.ts";
import { ByteSource } from "../support/random.ts";
import { RawWatcher } from "../support/raw-watcher.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, MIB, Scene } from "./setup.ts";

/** Promise 1: no verified piece older than this is lost. */
const LOSABLE_MS = 5000;
/** How many pieces each life brings: at sixteen a second, longer than five seconds and shorter. */
const LIVES = [100, 20, 110, 40];

describe("kill -9", () => {
  it("loses no piece that was announced more than five seconds before", { timeout: 120_000 }, async () => {
    await using scene = Scene.make("kill", { files: 48 * MIB + 1, pieceLength: 128 * KIB });
    const seed = await scene.startSeed({ type: "good" }, 2 * MIB);
    const endpoint = { address: "127.0.0.1", port: await findFreePort("127.0.0.1") };
    const random = new ByteSource("kill");
    const durable = new Set<number>();
    const lost: string[] = [];
    for (const [index, pieces] of LIVES.entries()) {
      const life = index + 1;
      const marked = seed.requests.length;
      await using run = scene.download([seed], ["--port", String(endpoint.port)]);
      await using watcher = await RawWatcher.connect(scene.fixture, endpoint);
      const wanted = pieces + random.integer(0, 9);
      await waitFor(() => seed.requests.length > marked && watcher.pieces.length >= durable.size + wanted, {
        what: () => `${wanted} more pieces in life ${life}; ${run.describe()}`,
      });
      const killedAtMs = performance.now();
      await run.process.kill();
      lost.push(
        ...seed.requests
          .slice(marked)
          .filter((it) => durable.has(it.piece))
          .map((it) => `piece ${it.piece} in life ${life}`),
      );
      for (const seen of watcher.pieces) if (seen.atMs < killedAtMs - LOSABLE_MS) durable.add(seen.piece);
    }
    expect(durable.size).toBeGreaterThan(0);
    seed.rateBytesPerSec = undefined;
    const marked = seed.requests.length;
    await using last = scene.download([seed]);
    await last.expectExit(EXIT.done);
    lost.push(
      ...seed.requests
        .slice(marked)
        .filter((it) => durable.has(it.piece))
        .map((it) => `piece ${it.piece} at last`),
    );
    expect(lost).toEqual([]);
    expect(differences(digestOf(scene.fixture, scene.saveDir), digestOf(scene.fixture, scene.fixture.dataDir))).toEqual(
      [],
    );
  });

  it("while it checks data costs nothing but the check", async () => {
    await using scene = Scene.make("kill-check", { files: 64 * MIB, pieceLength: 256 * KIB });
    const place = [
      "-o",
      scene.fixture.dataDir,
      "--state",
      scene.stateDir,
      "--bind",
      "127.0.0.1",
      "--port",
      "0",
      "--no-trackers",
    ];
    const wanted = digestOf(scene.fixture, scene.fixture.dataDir);
    const first = scene.start(["seed", scene.fixture.torrentFile, ...place]);
    await waitFor(() => first.events.length > 0, { what: "a first event" });
    await first.process.kill();
    const second = scene.start(["seed", scene.fixture.torrentFile, ...place]);
    await second.waitForStatus((it) => it.state === "seeding" && it.verified === scene.fixture.lengthBytes, "seeding");
    expect(digestOf(scene.fixture, scene.fixture.dataDir)).toEqual(wanted);
  });
});
