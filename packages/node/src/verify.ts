/** Hashes what is on disk against a torrent, changing nothing: neither state nor files. */
import { Geometry, type Metainfo, TorrentialError } from "@torrential/core";
import type { DiskDone, FoundFile } from "@torrential/engine";
import { DiskPool } from "./disk/pool.ts";

/** `absent`: not all of its bytes are there. */
export type PieceVerdict = "passed" | "failed" | "absent";

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly threads?: number | undefined;
  readonly onPiece?: ((piece: number, verdict: PieceVerdict) => void) | undefined;
}

export interface VerifyResult {
  /** By piece. */
  readonly pieces: readonly PieceVerdict[];
  /** By file; a length of -1 says that there is none. */
  readonly found: readonly FoundFile[];
}

/** Bytes that are at the threads at once: enough to keep all of them busy. */
const BYTES_AT_ONCE = 64 * 1024 * 1024;
const PIECES_AT_ONCE_MAX = 256;

/**
 * Reads and hashes every piece below `root`. Throws a TorrentialError "disk-…" when the disk refuses, "v2-unsupported",
 * or the signal's reason.
 */
export async function verifyTorrent(
  metainfo: Metainfo,
  root: string,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  if (metainfo.pieceHashes.length === 0) {
    throw new TorrentialError("v2-unsupported", `${metainfo.name}: got a torrent that is v2 only, wanted v1 or hybrid`);
  }
  const { promise, resolve, reject } = Promise.withResolvers<VerifyResult>();
  const run = new VerifyRun(metainfo, { ...options, resolve, reject });
  const pool = new DiskPool({
    ...(options.threads === undefined ? {} : { workers: options.threads }),
    onDone: (answers) => run.handleAnswers(answers, pool),
    onCrash: reject,
  });
  const cancel = (): void => reject(options.signal?.reason);
  options.signal?.addEventListener("abort", cancel);
  pool.submit({
    type: "open",
    job: 0,
    store: 0,
    root,
    files: metainfo.files,
    pieceLength: metainfo.pieceLength,
    pieceHashes: metainfo.pieceHashes,
  });
  try {
    return await promise;
  } finally {
    options.signal?.removeEventListener("abort", cancel);
    await pool.close();
  }
}

interface RunOptions extends VerifyOptions {
  readonly resolve: (result: VerifyResult) => void;
  readonly reject: (reason: unknown) => void;
}

class VerifyRun {
  readonly #options: RunOptions;
  readonly #geometry: Geometry;
  readonly #atOnce: number;
  readonly #pieces: PieceVerdict[] = [];
  #found: readonly FoundFile[] = [];
  #next = 0;
  #left: number;

  constructor(metainfo: Metainfo, options: RunOptions) {
    this.#options = options;
    this.#geometry = new Geometry(metainfo);
    this.#left = this.#geometry.pieceCount;
    this.#atOnce = Math.max(8, Math.min(PIECES_AT_ONCE_MAX, Math.floor(BYTES_AT_ONCE / metainfo.pieceLength)));
  }

  handleAnswers(answers: readonly DiskDone[], pool: DiskPool): void {
    for (const done of answers) {
      if (done.type === "opened") {
        this.#found = done.found;
        this.#ask(pool, this.#atOnce);
      } else if (done.type === "checked") {
        this.#pieces[done.piece] = done.result;
        this.#left -= 1;
        this.#options.onPiece?.(done.piece, done.result);
        this.#ask(pool, 1);
      } else if (done.type === "failed") {
        this.#options.reject(new TorrentialError(`disk-${done.error.class}`, done.error.message));
      }
    }
    if (this.#left === 0) this.#options.resolve({ pieces: this.#pieces, found: this.#found });
  }

  #ask(pool: DiskPool, count: number): void {
    if (this.#options.signal?.aborted === true) return;
    for (let asked = 0; asked < count && this.#next < this.#geometry.pieceCount; asked++) {
      pool.submit({ type: "check", job: this.#next + 1, store: 0, piece: this.#next++ });
    }
  }
}
