/** The engine's side of asking for metadata that it has forgotten: the main thread has it on disk. */
import { type InfoHash, type Metainfo, TorrentialError } from "@torrential/core";
import { parseStoredMetainfo } from "../state/stored-metainfo.ts";
import type { EngineReport, EngineRequest } from "./messages.ts";

interface Waiting {
  readonly resolve: (metainfo: Metainfo) => void;
  readonly reject: (error: Error) => void;
}

export class Reloads {
  readonly #say: (report: EngineReport) => void;
  readonly #waiting = new Map<InfoHash, Waiting>();

  constructor(say: (report: EngineReport) => void) {
    this.#say = say;
  }

  /** Rejects when it is not there any more, or cannot be read. */
  ask(infoHash: InfoHash): Promise<Metainfo> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(infoHash, { resolve, reject });
      this.#say({ type: "reload", infoHash });
    });
  }

  handle({ infoHash, source }: Extract<EngineRequest, { type: "reloaded" }>): void {
    const waiting = this.#waiting.get(infoHash);
    this.#waiting.delete(infoHash);
    try {
      if (source === undefined) throw new TorrentialError("metadata-unknown", "Its metadata is not in the state.");
      waiting?.resolve(parseStoredMetainfo(source));
    } catch (error) {
      waiting?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
