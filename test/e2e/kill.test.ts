import { describe, expect, it } from "vitest";
import { differences, digestOf } from "../support/digest.ts";
import { EXIT } from "../support/exit-codes.ts";
import { ByteSource } from "../support/random.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, MIB, Scene } from "./setup.ts";

const LOSABLE_MS = 5000;

describe("kill -9", () => {
  it("loses no piece that was announced more than five seconds before", { timeout: 120_000 }, async () => {
    await using scene = Scene.make("kill", { files: 48 * MIB + 1, pieceLength: 128 * KIB });
    const seed = await scene.startSeed({ type: "good" }, 2 * MIB);
    const random = new ByteSource("kill");
    const lost: string[] = [];
    for (let life = 1; life <= 4; life++) {
      await using run = scene.download([seed]);
      const before = { requests: seed.requests.length, haves: seed.haves.length };
      const wanted = random.integer(5, 100);
      await waitFor(() => seed.haves.length >= before.haves + wanted, {
        what: () => `${wanted} more pieces in life ${life}; ${run.describe()}`,
      });
      const killedAtMs = performance.now();
      await run.process.kill();
      await waitFor(() => seed.open === 0, { what: "the connection to be gone" });
      const durable = new Set(seed.haves.filter((it) => it.atMs < killedAtMs - LOSABLE_MS).map((it) => it.piece));
      const marked = seed.requests.length;
      await using next = scene.download([seed]);
      await waitFor(() => seed.requests.length > marked + 20 || next.process.status !== undefined, {
        what: () => `requests in the life after ${life}; ${next.describe()}`,
      });
      lost.push(
        ...seed.requests
          .slice(marked)
          .filter((it) => durable.has(it.piece))
          .map((it) => `piece ${it.piece} after life ${life}`),
      );
      await next.process.kill();
    }
    expect(lost).toEqual([]);
    seed.rateBytesPerSec = undefined;
    await using last = scene.download([seed]);
    await last.expectExit(EXIT.done);
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
