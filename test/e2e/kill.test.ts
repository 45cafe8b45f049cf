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
/** How many pieces each life brings, at sixteen a second: past the first sync, and cut short right after a check. */
const LIVES = [100, 4, 4, 110, 4, 20];

/** Since when each piece is there, through all lives: what a life did not have at its start was lost. */
class Possession {
  readonly #sinceMs = new Map<number, number>();

  handleLife(watcher: RawWatcher, startedAtMs: number): void {
    for (const piece of [...this.#sinceMs.keys()])
      if (watcher.bitfield?.has(piece) !== true) this.#sinceMs.delete(piece);
    for (const piece of watcher.bitfield ?? []) if (!this.#sinceMs.has(piece)) this.#sinceMs.set(piece, startedAtMs);
    for (const { piece, atMs } of watcher.haves) if (!this.#sinceMs.has(piece)) this.#sinceMs.set(piece, atMs);
  }

  /** What a crash at this moment must not cost. */
  durableAt(atMs: number): Set<number> {
    return new Set([...this.#sinceMs].filter(([, sinceMs]) => sinceMs < atMs - LOSABLE_MS).map(([piece]) => piece));
  }
}

describe("kill -9", () => {
  it("loses no piece that was announced more than five seconds before", { timeout: 120_000 }, async () => {
    await using scene = Scene.make("kill", { files: 48 * MIB + 1, pieceLength: 128 * KIB });
    const seed = await scene.startSeed({ type: "good" }, 2 * MIB);
    const endpoint = { address: "127.0.0.1", port: await findFreePort("127.0.0.1") };
    const random = new ByteSource("kill");
    const possession = new Possession();
    let durable = new Set<number>();
    const lost = new Set<string>();
    for (const [index, pieces] of LIVES.entries()) {
      const [life, startedAtMs, marked] = [index + 1, performance.now(), seed.requests.length];
      await using run = scene.download([seed], ["--port", String(endpoint.port)]);
      await using watcher = await RawWatcher.connect(scene.fixture, endpoint);
      const wanted = pieces + random.integer(0, 9);
      await waitFor(() => watcher.haves.length >= wanted, {
        what: () => `${wanted} more pieces in life ${life}; ${run.describe()}`,
      });
      const killedAtMs = performance.now();
      await run.process.kill();
      for (const { piece } of seed.requests.slice(marked))
        if (durable.has(piece)) lost.add(`piece ${piece} in life ${life}`);
      possession.handleLife(watcher, startedAtMs);
      durable = possession.durableAt(killedAtMs);
    }
    expect(durable.size).toBeGreaterThan(100);
    seed.rateBytesPerSec = undefined;
    const marked = seed.requests.length;
    await using last = scene.download([seed]);
    await last.expectExit(EXIT.done);
    for (const { piece } of seed.requests.slice(marked)) if (durable.has(piece)) lost.add(`piece ${piece} at last`);
    expect([...lost]).toEqual([]);
    expect(differences(digestOf(scene.fixture, scene.saveDir), digestOf(scene.fixture, scene.fixture.dataDir))).toEqual(
      [],
    );
  });

  it("while it checks data costs nothing but the check", async () => {
    await using scene = Scene.make("kill-check", { files: 64 * MIB, pieceLength: 256 * KIB });
    const wanted = digestOf(scene.fixture, scene.fixture.dataDir);
    const first = scene.start(["seed", scene.fixture.torrentFile, ...scene.dataPlaceOptions]);
    await waitFor(() => first.events.length > 0, { what: "a first event" });
    await first.process.kill();
    const second = scene.start(["seed", scene.fixture.torrentFile, ...scene.dataPlaceOptions]);
    await second.waitForStatus((it) => it.state === "seeding" && it.verified === scene.fixture.lengthBytes, "seeding");
    expect(digestOf(scene.fixture, scene.fixture.dataDir)).toEqual(wanted);
  });
});
