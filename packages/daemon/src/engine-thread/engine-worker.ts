/** Entry of the engine's thread. */
import { parentPort, workerData } from "node:worker_threads";
import { TorrentialError } from "@torrential/core";
import { type Client, createClient } from "@torrential/node";
import { EngineHost } from "./host.ts";
import { Reloads } from "./reloads.ts";
import type { EngineData, EngineReport, EngineRequest } from "./messages.ts";

/** How often the main thread hears what changed. */
const REPORT_INTERVAL_MS = 250;

if (parentPort === null) throw new Error("engine-thread/engine-worker.ts runs as a worker thread only");
const port = parentPort;
const say = (report: EngineReport): void => port.postMessage(report, listTransfers(report));

/** Bytes of an answer are handed over, not copied. */
function listTransfers(report: EngineReport): ArrayBuffer[] {
  if (report.type !== "answer" || !report.answer.ok || !(report.answer.value instanceof Uint8Array)) return [];
  const { value } = report.answer;
  const isAlone = value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength;
  return isAlone && value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
}

async function start(data: EngineData): Promise<void> {
  const reloads = new Reloads(say);
  const client = await createClient({
    reload: (infoHash) => reloads.ask(infoHash),
    stateDir: data.stateDir,
    port: data.port,
    limits: data.limits,
    portMapping: data.portMapping ? "auto" : "off",
    dht: data.dht,
    localDiscovery: data.localDiscovery,
    connectionsMax: data.connectionsMax,
    peersMax: data.peersMax,
    ...(data.bind === undefined ? {} : { bind: data.bind }),
    ...(data.diskThreads === undefined ? {} : { diskThreads: data.diskThreads }),
  });
  const host = new EngineHost(client, say);
  const timer = setInterval(() => host.tick(), REPORT_INTERVAL_MS);
  port.on("message", (request: EngineRequest) => {
    if (request.type === "close") void end(client, host, timer);
    else if (request.type === "reloaded") reloads.handle(request);
    else host.handle(request);
  });
  say({ type: "ready", port: client.port });
}

async function end(client: Client, host: EngineHost, timer: NodeJS.Timeout): Promise<void> {
  clearInterval(timer);
  await client.close();
  host.tick();
  say({ type: "closed" });
  port.close();
}

start(workerData as EngineData).catch((error: unknown) => {
  const code = error instanceof TorrentialError ? error.code : "internal";
  say({ type: "refused", code, message: error instanceof Error ? error.message : String(error) });
});
