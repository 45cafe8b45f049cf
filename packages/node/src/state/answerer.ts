/** Answers calls to one state folder, synchronously: in the state thread, or where the first few are asked. */
import { toDiskError } from "../disk/errors.ts";
import type { StateCall, StateResult } from "./messages.ts";
import { StateFolder } from "./state-folder.ts";

export class StateAnswerer {
  readonly #path: string;
  #folder: StateFolder | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Makes the folder at the first call. What the disk refuses is a result, too. */
  answer(call: StateCall): StateResult {
    try {
      this.#folder ??= new StateFolder(this.#path);
      return run(this.#folder, call);
    } catch (error) {
      const what = "name" in call ? `${call.type} ${call.name} in` : `${call.type} of`;
      return { type: "failed", ...toDiskError(error, `${what} the state folder ${this.#path}`) };
    }
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
