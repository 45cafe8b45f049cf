/** Streams of files that the main thread reads, one pull at a time: a slow reader holds nothing but its stream. */
import { TorrentialError } from "@torrential/core";
import type { Client } from "@torrential/node";
import type { EngineQuestion } from "./messages.ts";

type StreamQuestion = Exclude<EngineQuestion, { type: "fetch" | "move" | "rename" | "limit-tree" | "bans" }>;

/** More than any number of players; each holds a chunk at most. */
const STREAMS_MAX = 64;

export class StreamTable {
  readonly #client: Client;
  readonly #readers = new Map<number, ReadableStreamDefaultReader<Uint8Array>>();
  #lastStream = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Opening resolves to the stream's number. Rejects with TorrentialError. */
  ask(question: StreamQuestion): Promise<Uint8Array | number | undefined> {
    if (question.type === "open-stream") return Promise.resolve().then(() => this.#open(question));
    if (question.type === "read-stream") return this.#read(question.stream);
    return this.#close(question.stream);
  }

  #open({ infoHash, file, start, end }: Extract<StreamQuestion, { type: "open-stream" }>): number {
    const torrent = this.#client.torrent(infoHash);
    if (torrent === undefined)
      throw new TorrentialError("conflict", "The torrent does not run: start it to read from it");
    if (this.#readers.size >= STREAMS_MAX) {
      throw new TorrentialError("conflict", `There are ${STREAMS_MAX} streams already: close one`);
    }
    this.#lastStream += 1;
    this.#readers.set(this.#lastStream, torrent.file(file).stream({ start, end }).getReader());
    return this.#lastStream;
  }

  async #read(stream: number): Promise<Uint8Array | undefined> {
    const reader = this.#readers.get(stream);
    if (reader === undefined) throw new TorrentialError("conflict", `There is no stream ${stream}`);
    const { done, value } = await reader.read();
    if (done) this.#readers.delete(stream);
    return value;
  }

  async #close(stream: number): Promise<undefined> {
    const reader = this.#readers.get(stream);
    this.#readers.delete(stream);
    await reader?.cancel();
  }
}
