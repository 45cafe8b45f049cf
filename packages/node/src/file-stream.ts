/** A file of a torrent as a stream, while it is still being downloaded. */
import { Readable } from "node:stream";
import { type TorrentFile, INDEX_HEAD_BYTES, locateContainerIndex } from "@torrential/core";
import type { EngineDriver } from "./driver.ts";
import type { Torrent } from "./torrent-handle.ts";

/** One read: small enough to come early, large enough to cost little. */
const CHUNK_BYTES = 256 * 1024;

export interface ByteRange {
  /** First byte, default 0. */
  readonly start?: number;
  /** Behind the last byte, default the file's length. */
  readonly end?: number;
}

interface FileDeps {
  readonly torrent: Torrent;
  readonly file: TorrentFile;
  readonly driver: EngineDriver;
}

export class FileHandle {
  readonly lengthBytes: number;
  readonly path: readonly string[];
  readonly #deps: FileDeps;

  constructor(deps: FileDeps) {
    this.#deps = deps;
    this.lengthBytes = deps.file.lengthBytes;
    this.path = deps.file.path;
  }

  /**
   * The bytes of the range, in order, each as soon as its piece is verified; pieces ahead of the reader are asked for
   * first, the more of them the longer it reads on. Read on demand: a slow reader holds nothing up. To seek, cancel and
   * open another. Errors when the torrent stops, or the file is not wanted. Throws RangeError.
   */
  stream(range: ByteRange = {}): ReadableStream<Uint8Array> {
    const { start = 0, end = this.lengthBytes } = range;
    if (!isRange(start, end, this.lengthBytes))
      throw new RangeError(`range ${start} to ${end}: the file has ${this.lengthBytes} bytes`);
    const { driver, torrent } = this.#deps;
    const { infoHash } = torrent;
    const abort = new AbortController();
    const reader = driver.nextReader();
    const leave = (): void => driver.command({ type: "end-reader", reader, infoHash });
    let at = start;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (at >= end) return controller.close();
          // What is there is looked at first; then bytes can be had, or the torrent says why not.
          await torrent.until(({ status }) => status !== "checking" && status !== "fetching-metadata", abort.signal);
          const result = await this.#read({ reader, at, end }, abort.signal);
          if (!result.ok) {
            leave();
            throw new Error(`stream at byte ${at}: ${result.message}`);
          }
          at += result.bytes.length;
          controller.enqueue(result.bytes);
          if (at < end) return;
          leave();
          controller.close();
        },
        cancel: () => {
          abort.abort(new Error("the stream was cancelled"));
          leave();
        },
      },
      { highWaterMark: 1 },
    );
  }

  /** The same as a stream of Node's. */
  readable(range: ByteRange = {}): Readable {
    return Readable.fromWeb(this.stream(range) as Parameters<typeof Readable.fromWeb>[0]);
  }

  /**
   * Fetches what a player looks for before it plays: the head of the file, and the index of a film whose index is not at
   * its head (mp4, mkv). Resolves when it is here, at once when there is none, and when the torrent stops.
   */
  async prefetchIndex(signal?: AbortSignal): Promise<void> {
    const head = await this.#collect({ start: 0, end: Math.min(this.lengthBytes, INDEX_HEAD_BYTES) }, signal);
    const index = head === undefined ? undefined : locateContainerIndex(head, this.lengthBytes);
    if (index !== undefined) await this.#collect(index, signal);
  }

  async #collect(range: Required<ByteRange>, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    try {
      const options = signal === undefined ? {} : { signal };
      await this.stream(range).pipeTo(new WritableStream({ write: (part) => void parts.push(part) }), options);
      return Buffer.concat(parts);
    } catch {
      // Whoever reads the file next hears what is wrong with it.
      return undefined;
    }
  }

  #read(
    { reader, at, end }: { readonly reader: number; readonly at: number; readonly end: number },
    signal: AbortSignal,
  ): ReturnType<EngineDriver["read"]> {
    const { torrent, file, driver } = this.#deps;
    const { pieceLength } = torrent.metainfo;
    const { infoHash } = torrent;
    const offset = file.offsetBytes + at;
    const piece = Math.floor(offset / pieceLength);
    const begin = offset - piece * pieceLength;
    const length = Math.min(CHUNK_BYTES, end - at, pieceLength - begin);
    driver.command({ type: "read-ahead", reader, infoHash, at: offset, end: file.offsetBytes + end });
    return driver.read({ infoHash, piece, begin, length, deadlineMs: 0 }, signal);
  }
}

function isRange(start: number, end: number, length: number): boolean {
  return Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start && end <= length;
}
