import { readFileSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../support/exit-codes.ts";
import { runTorrential } from "../support/torrential.ts";
import { KIB, Scene } from "./setup.ts";

const FILES = [
  { path: ["a.bin"], lengthBytes: 100_000 },
  { path: ["b.bin"], lengthBytes: 100_000 },
];

function makeScene(): Scene {
  return Scene.make("verify", { name: "tree", files: FILES, pieceLength: 16 * KIB });
}

async function verify(scene: Scene, extra: readonly string[] = []): ReturnType<typeof runTorrential> {
  return await runTorrential([
    "verify",
    scene.fixture.torrentFile,
    "-o",
    scene.fixture.dataDir,
    "--state",
    scene.stateDir,
    ...extra,
  ]);
}

describe("verify", () => {
  it("ends with 0 when every piece passes", async () => {
    await using scene = makeScene();
    expect(await verify(scene)).toMatchObject({ code: EXIT.done, stderr: "" });
  });

  const harm: readonly (readonly [string, (path: string) => void])[] = [
    ["has one wrong bit", flipBit],
    ["is too short", (path) => truncateSync(path, 60_000)],
    ["is missing", (path) => unlinkSync(path)],
  ];
  it.each(harm)("ends with another code when a file %s, and changes nothing", async (_, change) => {
    await using scene = makeScene();
    const other = join(scene.fixture.dataDir, "tree", "a.bin");
    const before = readFileSync(other);
    change(join(scene.fixture.dataDir, "tree", "b.bin"));
    const ended = await verify(scene);
    expect(ended.code).toBe(EXIT.incomplete);
    expect(ended.stdout + ended.stderr).toContain("b.bin");
    expect(readFileSync(other).equals(before)).toBe(true);
  });

  it("counts what passed in its last status", async () => {
    await using scene = makeScene();
    flipBit(join(scene.fixture.dataDir, "tree", "b.bin"));
    const ended = await verify(scene, ["--json"]);
    const statuses = ended.stdout
      .trim()
      .split("\n")
      .map((line): { event: string; verified?: number } => JSON.parse(line));
    expect(statuses.findLast((it) => it.event === "status")?.verified).toBe(200_000 - 16 * KIB);
  });
});

function flipBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[50_000] = (bytes[50_000] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
