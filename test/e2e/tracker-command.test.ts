import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { makeFixture, makeVariant } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { runTorrential, TorrentialRun } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";

describe("torrential tracker", () => {
  it("refuses what is not allowed, and tells the client why", async () => {
    using folder = new TestFolder("tracker-command");
    const first = makeFixture(folder.path, { name: "a.bin", pieceLength: 65_536, files: 300_000 });
    await using tracker = await startTracker(["--allow", first.torrentFile]);
    const fixture = makeVariant(folder.folder("told"), first, { source: "other", announce: tracker.url });
    const seedArgs = ["seed", fixture.torrentFile, "-o", fixture.dataDir, "--state", folder.folder("seed-state")];
    await using seed = new TorrentialRun([...seedArgs, "--bind", "127.0.0.1"]);
    const heard = (text: string) => () => seed.events.some(({ line }) => line.includes(text));
    await waitFor(heard("not tracked here"), { what: () => seed.describe() });
    await seed.stop();
  });

  it("lets everybody in by default, and says who came", async () => {
    using folder = new TestFolder("tracker-command");
    await using tracker = await startTracker([]);
    const fixture = makeFixture(folder.path, {
      name: "a.bin",
      pieceLength: 65_536,
      files: 300_000,
      announce: tracker.url,
    });
    const seedArgs = ["seed", fixture.torrentFile, "-o", fixture.dataDir, "--state", folder.folder("seed-state")];
    await using seed = new TorrentialRun([...seedArgs, "--bind", "127.0.0.1"]);
    await waitFor(() => tracker.said('"left":0'), { what: () => seed.describe() });
    const leechArgs = ["download", fixture.torrentFile, "-o", folder.folder("got"), "--state", folder.folder("state")];
    await using leech = new TorrentialRun([...leechArgs, "--bind", "127.0.0.1"]);
    await leech.expectExit(0);
    expect(tracker.said('"announced":"completed"')).toBe(true);
    rmSync(folder.at("got"), { recursive: true });
  });

  it("says what is wrong with an option", async () => {
    const ended = await runTorrential(["tracker", "--allow", "zz"]);
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining("info-hash of 40 hexadecimal digits")]);
  });
});

async function startTracker(args: readonly string[]) {
  const run = new TorrentialRun(["tracker", "--bind", "127.0.0.1", "--port", "0", ...args]);
  const lineOf = (): string | undefined => run.events.find(({ line }) => line.includes('"listening"'))?.line;
  const line = await waitFor(lineOf, { what: () => run.describe() });
  return {
    url: /http:[^"]*/.exec(line)?.[0] ?? "",
    said: (text: string): boolean => run.events.some((event) => event.line.includes(text)),
    [Symbol.asyncDispose]: (): Promise<void> => run[Symbol.asyncDispose](),
  };
}
