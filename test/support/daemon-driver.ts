/**
 * A daemon without HTTP, driven by lines of JSON on stdin: `{id, call: "torrents.get", args: […]}` is answered by
 * `{id, value}` or `{id, code, message}`. Bytes are `{base64}` in both directions.
 */
import { createInterface } from "node:readline";
import { startDaemon } from "@torrential/daemon";

const [stateDir = "", ...assignments] = process.argv.slice(2);

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("base64" in value) || typeof value.base64 !== "string")
    return value;
  return new Uint8Array(Buffer.from(value.base64, "base64"));
}

function replace(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString("base64") };
  return value instanceof Map ? Object.fromEntries(value) : value;
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer, replace)}\n`);
}

function explain(error: unknown): { code: string; message: string } {
  const code = error instanceof Error && "code" in error ? String(error.code) : "bug";
  return { code, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

async function main(): Promise<void> {
  const daemon = await startDaemon({
    stateDir,
    configFile: undefined,
    assignments,
    env: { XDG_CONFIG_HOME: "/nonexistent" },
    version: "0.0.0-test",
    onShutdown: () => process.kill(process.pid, "SIGTERM"),
    onCrash: (error) => {
      console.error(error);
      process.exit(70);
    },
  });
  process.on("SIGTERM", () => void daemon.close().then(() => process.exit(0)));
  say({ id: 0, value: { peerPort: daemon.peerPort } });
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, call, args } = JSON.parse(line, revive) as { id: number; call: string; args: unknown[] };
    const path = call.split(".");
    const name = path.pop() ?? "";
    const target = path.reduce<unknown>((object, key) => Reflect.get(Object(object), key), daemon.service);
    Promise.resolve()
      .then(() => Reflect.apply(Reflect.get(Object(target), name), target, args))
      .then(
        (value: unknown) => say({ id, value }),
        (error: unknown) => say({ id, ...explain(error) }),
      );
  }
}

main().catch((error: unknown) => {
  say({ id: 0, ...explain(error) });
  process.exit(78);
});
