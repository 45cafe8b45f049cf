/** Libraries for Python, driven through `library.py` by Debian's Python. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LineProcess } from "../../../support/line-process.ts";
import type { Missing } from "../../../support/requirements.ts";
import type { Endpoint, Program, Shown } from "./program.ts";

const PYTHON = "/usr/bin/python3";
const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), "library.py");

/** `transmissionrpc` is a package of Debian; the others are found where PYTHONPATH says. */
export type Library = "transmissionrpc" | "transmission_rpc" | "qbittorrentapi";

export function missingLibrary(library: Library): Missing {
  const tried = spawnSync(PYTHON, ["-c", `import ${library}`], { stdio: "ignore" });
  return tried.status === 0 ? undefined : `Python's ${library} is not installed`;
}

export async function openLibrary(library: Library, { url, user, password }: Endpoint): Promise<Program> {
  const process = new LineProcess(PYTHON, [SCRIPT, library, url, user, password]);
  await process.receive();
  const call = async (...words: readonly unknown[]): Promise<unknown> =>
    (await process.call<{ readonly answer: unknown }>({ call: words })).answer;
  const program: Program = {
    name: library,
    addFile: ({ torrentBytes }, folder) => call("add", torrentBytes.toString("base64"), folder),
    addMagnet: (uri, folder) => call("add", uri, folder),
    addUrl: (from, folder) => call("add", from, folder),
    list: async () => (await call("list")) as readonly Shown[],
    limit: (hash, rate) => call("limit", hash, rate),
    move: (hash, folder) => call("move", hash, folder),
    rename: (hash, { from, to }) => call("rename", hash, from, to),
    toTop: (hash) => call("top", hash),
    verify: (hash) => call("verify", hash),
    stop: (hash) => call("stop", hash),
    start: (hash) => call("start", hash),
    remove: (hash, { withData }) => call("remove", hash, withData),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
  return library === "transmissionrpc" ? program : { ...program, label: (hash, label) => call("label", hash, label) };
}
