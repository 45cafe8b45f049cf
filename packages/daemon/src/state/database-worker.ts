/** Entry of the database thread: the only writer. It opens what `workerData` names, then takes requests in order. */
import { parentPort, workerData } from "node:worker_threads";
import { TorrentialError } from "@torrential/core";
import { toDiskError } from "@torrential/node";
import { Committer, type WriteOutcome, type WriteRequest } from "./committer.ts";
import { backUp, openDatabase } from "./database.ts";
import type { DatabaseAnswer, DatabaseRequest, OpenData } from "./messages.ts";
import { Reserve } from "./reserve.ts";

/** How often room for the reserve is looked for. */
const RESERVE_INTERVAL_MS = 30_000;

if (parentPort === null) throw new Error("state/database-worker.ts runs as a worker thread only");
const port = parentPort;
const data = workerData as OpenData;
const say = (answer: DatabaseAnswer): void => port.postMessage(answer);

function start(): void {
  const { db, notes } = openDatabase(data);
  const reserve = new Reserve(data.folder);
  reserve.take();
  const timer = setInterval(() => reserve.take(), RESERVE_INTERVAL_MS);
  const committer = new Committer(db, reserve);
  let queue: WriteRequest[] = [];

  const flush = (): void => {
    const requests = queue;
    queue = [];
    if (requests.length > 0) for (const outcome of committer.commit(requests)) say(toAnswer(outcome));
  };
  port.on("message", (request: DatabaseRequest) => {
    if (request.type === "write") {
      // All that lies in the port is taken before the first of it is written.
      if (queue.length === 0) setImmediate(flush);
      queue.push(request);
      return;
    }
    flush();
    say(request.type === "back-up" ? attemptBackUp(request.id) : attemptClose(request.id));
  });

  const attemptBackUp = (id: number): DatabaseAnswer => {
    try {
      backUp(db, data.folder);
      return { type: "done", id };
    } catch (error) {
      return { type: "failed", id, ...toDiskError(error, "copy the state database") };
    }
  };
  const attemptClose = (id: number): DatabaseAnswer => {
    clearInterval(timer);
    try {
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      db.close();
    }
    return { type: "done", id };
  };
  say({ type: "opened", notes });
}

function toAnswer(outcome: WriteOutcome): DatabaseAnswer {
  return outcome.ok
    ? { type: "done", id: outcome.id }
    : { type: "failed", id: outcome.id, class: outcome.class, message: outcome.message };
}

try {
  start();
} catch (error) {
  const message = toDiskError(error, `open the state in ${data.folder}`).message;
  if (error instanceof TorrentialError) say({ type: "refused", code: error.code, message: error.message });
  else say({ type: "refused", code: "state-unwritable", message });
}
