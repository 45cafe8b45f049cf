/** Entry of a disk thread. */
import { parentPort, workerData } from "node:worker_threads";
import type { DiskDone } from "@torrential/engine";
import { DiskExecutor } from "./executor.ts";
import type { ThreadOptions, ToThread } from "./messages.ts";

const REPORT_EVERY_MS = 1; // Answers of a long batch go out this often, so that the engine's windows keep turning.

const port = parentPort;
if (port === null) throw new Error("disk/worker.ts runs as a worker thread only");
const executor = new DiskExecutor(workerData as ThreadOptions);

port.on("message", (message: ToThread) => {
  switch (message.type) {
    case "segment":
      executor.addSegment(message.index, message.buffer);
      return;
    case "jobs":
      runBatch(message);
      return;
    case "end":
      executor.close();
      port.close();
  }
});

function runBatch(message: Extract<ToThread, { type: "jobs" }>): void {
  let answers: DiskDone[] = [];
  let reportedAt = performance.now();
  executor.run(message.jobs, (done) => {
    answers.push(done);
    const now = performance.now();
    if (now - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = now;
    port?.postMessage(answers);
    answers = [];
  });
  if (answers.length > 0) port?.postMessage(answers);
}
