/** Entry of the state thread. */
import { parentPort, workerData } from "node:worker_threads";
import { toDiskError } from "../disk/errors.ts";
import type { StateAnswer, StateCall, StateRequest, StateResult } from "./messages.ts";
import { StateFolder } from "./state-folder.ts";

const port = parentPort;
if (port === null) throw new Error("state/worker.ts runs as a worker thread only");
const folderPath = String(workerData);
let folder: StateFolder | undefined;

port.on("message", ({ id, call }: StateRequest) => {
  port.postMessage({ id, result: attempt(call) } satisfies StateAnswer);
});

function attempt(call: StateCall): StateResult {
  try {
    folder ??= new StateFolder(folderPath);
    return run(folder, call);
  } catch (error) {
    const what = "name" in call ? `${call.type} ${call.name} in` : `${call.type} of`;
    return { type: "failed", ...toDiskError(error, `${what} the state folder ${folderPath}`) };
  }
}

function run(state: StateFolder, call: StateCall): StateResult {
  switch (call.type) {
    case "append":
      state.append(call.name, call.bytes);
      return { type: "done" };
    case "replace":
      state.replace(call.name, call.bytes);
      return { type: "done" };
    case "write":
      state.write(call.name, call.bytes);
      return { type: "done" };
    case "remove":
      state.remove(call.name);
      return { type: "done" };
    case "delete":
      state.delete(call.name);
      return { type: "done" };
    case "read":
      return { type: "bytes", bytes: state.read(call.name) };
    case "list":
      return { type: "names", names: state.list() };
    case "read-journal":
      return { type: "bytes", bytes: state.readJournal(call.name) };
  }
}
