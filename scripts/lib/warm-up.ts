/**
 * The first download of a built command: one piece, from a seed of its own kind that a tracker in this process knows.
 * Node keeps what it compiled for it, functions that were called included, in the folder `compiled` beside the command.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn, type ChildProcess } from "node:child_process";

const ADDRESS = "127.0.0.1";
/** A machine without a loopback network has a command that starts a little slower, and nothing else. */
const TIMEOUT_MS = 20_000;

export async function warmUp(dist: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "torrential-warm-up-"));
  const tracker = await startTracker();
  const running: ChildProcess[] = [];
  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number | null> => {
    const child = spawn(process.execPath, [join(dist, "main.js"), ...args], {
      stdio: "ignore",
      timeout: TIMEOUT_MS,
      env: { ...process.env, ...env },
    });
    running.push(child);
    return new Promise((resolve) => child.once("close", resolve));
  };
  // Node keeps what the first process that loads a file has compiled of it: that has to be the download.
  const unkept = { NODE_DISABLE_COMPILE_CACHE: "1" };
  const at = (name: string): string => join(folder, name);
  try {
    mkdirSync(join(dist, "compiled"));
    writeFileSync(at("data"), new Uint8Array(200_000).fill(1));
    const { port } = tracker.address() as AddressInfo;
    const announce = ["--tracker", `http://${ADDRESS}:${port}/announce`, "--piece-length", "64KiB"];
    await start(["create", at("data"), "-o", at("data.torrent"), ...announce], unkept);
    const transfer = ["--bind", ADDRESS, "--port", "0", "--json"];
    void start(["seed", at("data.torrent"), "-o", folder, "--state", at("seed"), ...transfer], unkept);
    const code = await start(["download", at("data.torrent"), "-o", at("out"), "--state", at("state"), ...transfer]);
    console.log(code === 0 ? `warmed up ${join(dist, "compiled")}` : "not warmed up: the download did not end well");
  } finally {
    for (const child of running) child.kill();
    tracker.close();
    tracker.closeAllConnections();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A tracker (BEP 3, 23) that names to each who announces all who did before, and asks them to come again soon. */
async function startTracker(): Promise<Server> {
  const ports = new Set<number>();
  const server = createServer((request, response) => {
    const port = Number(new URL(request.url ?? "", "http://tracker").searchParams.get("port"));
    const others = [...ports].filter((each) => each !== port);
    ports.add(port);
    const peers = Buffer.from(others.flatMap((each) => [127, 0, 0, 1, each >> 8, each & 255]));
    response.end(Buffer.concat([Buffer.from(`d8:intervali1e5:peers${peers.length}:`), peers, Buffer.from("e")]));
  });
  await new Promise<void>((resolve) => server.listen(0, ADDRESS, resolve));
  return server;
}
