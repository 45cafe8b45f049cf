/** Bytes of a file out of the engine, one chunk for each that is taken. */
import { type InfoHash, TorrentialError } from "@torrential/core";
import type { EnginePort } from "../engine-thread/engine-thread.ts";
import { ServiceError } from "./errors.ts";

export interface FilePart {
  readonly infoHash: InfoHash;
  readonly file: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Waits for what is not here yet, until `signal` aborts. Throws "conflict" when the torrent does not run. */
export async function* readFile(engine: EnginePort, part: FilePart, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stream = await open(engine, part);
  const close = (): void => {
    void engine.ask({ type: "close-stream", stream }).catch(() => undefined);
  };
  signal.addEventListener("abort", close);
  try {
    while (!signal.aborted) {
      const chunk = await engine.ask({ type: "read-stream", stream });
      if (!(chunk instanceof Uint8Array)) return;
      yield chunk;
    }
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

async function open(engine: EnginePort, part: FilePart): Promise<number> {
  try {
    return Number(await engine.ask({ type: "open-stream", ...part }));
  } catch (cause) {
    if (!(cause instanceof TorrentialError)) throw cause;
    throw new ServiceError("conflict", cause.message, { cause });
  }
}
