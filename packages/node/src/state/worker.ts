/** Entry of the state thread. */
import { parentPort, workerData } from "node:worker_threads";
import { StateAnswerer } from "./answerer.ts";
import type { StateAnswer, StateRequest } from "./messages.ts";

const port = parentPort;
if (port === null) throw new Error("state/worker.ts runs as a worker thread only");
const answerer = new StateAnswerer(String(workerData));

port.on("message", ({ id, call }: StateRequest) => {
  port.postMessage({ id, result: answerer.answer(call) } satisfies StateAnswer);
});
