import { parseArgs } from "node:util";

export interface BenchOptions {
  readonly lengthBytes: number;
  readonly runs: number;
  readonly clients: readonly string[];
  /** Of our own command: `--cpu-prof` for instance. */
  readonly nodeOptions: string | undefined;
}

const MIB = 1024 * 1024;

/** `--size MIB --runs N --clients a,b --node-options "…"`. */
export function readOptions(defaults: { sizeMib: number; runs: number }): BenchOptions {
  const { values } = parseArgs({
    options: {
      size: { type: "string", default: String(defaults.sizeMib) },
      runs: { type: "string", default: String(defaults.runs) },
      clients: { type: "string", default: "torrential,libtorrent" },
      "node-options": { type: "string" },
    },
  });
  return {
    lengthBytes: Number(values.size) * MIB,
    runs: Number(values.runs),
    clients: values.clients.split(","),
    nodeOptions: values["node-options"],
  };
}
