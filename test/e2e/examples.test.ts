/** The examples do what they say: run as the reader would run them, against a seed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DaemonProcess } from "../support/daemon-process.ts";
import { run } from "../support/process.ts";
import { Scene } from "./setup.ts";

const EXAMPLES = join(import.meta.dirname, "..", "..", "examples");

async function runExample(name: string, scene: Scene, peer: string): Promise<string> {
  const words = [
    "--conditions=torrential-source",
    join(EXAMPLES, name),
    scene.fixture.torrentFile,
    scene.saveDir,
    peer,
  ];
  const { stdout, stderr, code } = await run(process.execPath, words);
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr}`);
  return stdout;
}

describe("examples", () => {
  it("download.ts downloads", async () => {
    await using scene = Scene.make("example-download");
    const seed = await scene.startSeed();
    expect(await runExample("download.ts", scene, seed.hostPort)).toContain("done: data.bin");
    const copy = readFileSync(join(scene.saveDir, "data.bin"));
    expect(copy.equals(readFileSync(join(scene.fixture.dataDir, "data.bin")))).toBe(true);
  });

  it("stream-file.ts writes the file to standard output while it arrives", async () => {
    await using scene = Scene.make("example-stream", { files: 300_000, pieceLength: 16_384 });
    const seed = await scene.startSeed();
    const [piped, code] = await pipe(scene, seed.hostPort);
    expect(code).toBe("0");
    expect(piped).toBe(String(scene.fixture.lengthBytes));
  });

  it("daemon-client.ts drives a daemon", async () => {
    await using scene = Scene.make("example-daemon");
    const seed = await scene.startSeed();
    await using daemon = await DaemonProcess.start({ stateDir: scene.stateDir, downloadDir: scene.saveDir });
    const words = ["--conditions=torrential-source", join(EXAMPLES, "daemon-client.ts"), daemon.url, daemon.token];
    const { stdout, stderr, code } = await run(process.execPath, [...words, scene.fixture.torrentFile, seed.hostPort]);
    expect(`${stderr}${code}`).toBe("0");
    const first = readFileSync(join(scene.fixture.dataDir, "data.bin")).subarray(0, 16).toString("hex");
    expect(stdout).toContain(`its first bytes: ${first}\ndone\n`);
  });
});

/** Counts what the example writes: bytes that are not text must not be taken for it. */
async function pipe(scene: Scene, peer: string): Promise<readonly string[]> {
  const script =
    '"$0" --conditions=torrential-source "$1" "$2" "$3" "$4" > "$3/out"; echo $?; cmp "$3/out" "$5" && wc -c < "$3/out"';
  const file = join(scene.fixture.dataDir, "data.bin");
  const words = [
    process.execPath,
    join(EXAMPLES, "stream-file.ts"),
    scene.fixture.torrentFile,
    scene.saveDir,
    peer,
    file,
  ];
  const { stdout, stderr } = await run("bash", ["-c", script, ...words]);
  expect(stderr).toBe("");
  const [code, length] = stdout.trim().split("\n");
  return [length?.trim() ?? "", code ?? ""];
}
