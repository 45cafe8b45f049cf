/** A file of a torrent as a stream, while it is still being downloaded. */
import type { TorrentFile } from "@torrential/core";
import type { EngineDriver } from "./driver.ts";
import type { Torrent } from "./torrent-handle.ts";

/** One read: small enough to come early, large enough to cost little. */
const CHUNK_BYTES = 256 * 1024;
/** The first piece is wanted at once, each one further ahead so much later. */
const AHEAD_STEP_MS = 250;
const AHEAD_PIECES = 8;

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
   * first. Read on demand: a slow reader holds nothing up. Errors when the torrent stops. Throws RangeError.
   */
  stream(range: ByteRange = {}): ReadableStream<Uint8Array> {
    const { start = 0, end = this.lengthBytes } = range;
    if (
      !Number.isSafeInteger(start) ||
      !Number.isSafeInteger(end) ||
      start < 0 ||
      end < start ||
      end > this.lengthBytes
    ) {
      throw new RangeError(`range ${start} to ${end}: the file has ${this.lengthBytes} bytes`);
    }
    const abort = new AbortController();
    let at = start;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (at >= end) return controller.close();
          const result = await this.#read(at, end, abort.signal);
          if (!result.ok) throw new Error(`stream at byte ${at}: ${result.message}`);
          at += result.bytes.length;
          controller.enqueue(result.bytes);
          if (at >= end) controller.close();
        },
        cancel: () => abort.abort(),
      },
      { highWaterMark: 1 },
    );
  }

  #read(at: number, end: number, signal: AbortSignal): ReturnType<EngineDriver["read"]> {
    const { torrent, file, driver } = this.#deps;
    const { pieceLength } = torrent.metainfo;
    const offset = file.offsetBytes + at;
    const piece = Math.floor(offset / pieceLength);
    const begin = offset - piece * pieceLength;
    const length = Math.min(CHUNK_BYTES, end - at, pieceLength - begin);
    const last = Math.floor((file.offsetBytes + end - 1) / pieceLength);
    driver.command({
      type: "read-ahead",
      infoHash: torrent.infoHash,
      first: piece,
      end: Math.min(last + 1, piece + AHEAD_PIECES),
      stepMs: AHEAD_STEP_MS,
    });
    return driver.read({ infoHash: torrent.infoHash, piece, begin, length, deadlineMs: 0 }, signal);
  }
}
