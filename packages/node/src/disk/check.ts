/** Rechecking: pieces read back from their files and hashed, at least a mebibyte per read where the pieces are smaller. */
import { createSha1, equalBytes, sha1 } from "@torrential/core";
import { DiskFault } from "./errors.ts";
import type { Store } from "./store.ts";

export type CheckResult = "passed" | "failed" | "absent";

const READ_BYTES = 1 << 20; // Long enough that a spinning disk streams, short enough to stay in the cache between read and hash.

export class PieceChecker {
  #memory: Uint8Array | undefined;

  /** How many neighbouring pieces of the store one read can bring; at least 1. */
  piecesPerRead(store: Store): number {
    return Math.max(1, Math.floor(READ_BYTES / store.pieceLength));
  }

  /** Checks `count` neighbouring pieces, at most `piecesPerRead`. Throws a `DiskFault` when the disk refuses. */
  check(store: Store, first: number, count: number): CheckResult[] {
    if (count === 1) return [this.#checkOne(store, first)];
    const last = first + count - 1;
    const target = this.#buffer().subarray(0, (count - 1) * store.pieceLength + store.pieceLengthOf(last));
    const available = readOrAbsent(store, first * store.pieceLength, target);
    const results: CheckResult[] = [];
    for (let piece = first; piece <= last; piece++) {
      const begin = (piece - first) * store.pieceLength;
      const end = begin + store.pieceLengthOf(piece);
      if (end <= available) results.push(judge(store, piece, sha1(target.subarray(begin, end))));
      else break;
    }
    // From the first missing byte on each piece is looked at alone: the files behind a missing one may be there.
    while (results.length < count) results.push(this.#checkOne(store, first + results.length));
    return results;
  }

  #checkOne(store: Store, piece: number): CheckResult {
    const buffer = this.#buffer();
    const length = store.pieceLengthOf(piece);
    const state = createSha1();
    for (let offset = 0; offset < length; offset += buffer.length) {
      const part = buffer.subarray(0, Math.min(buffer.length, length - offset));
      if (readOrAbsent(store, piece * store.pieceLength + offset, part) < part.length) return "absent";
      state.update(part);
    }
    return judge(store, piece, state.digest());
  }

  #buffer(): Uint8Array {
    this.#memory ??= new Uint8Array(READ_BYTES);
    return this.#memory;
  }
}

function judge(store: Store, piece: number, hash: Uint8Array): CheckResult {
  return equalBytes(hash, store.pieceHash(piece)) ? "passed" : "failed";
}

/** The bytes there are from `offset` on; a missing file has none. */
function readOrAbsent(store: Store, offset: number, target: Uint8Array): number {
  try {
    return store.readAvailable(offset, target);
  } catch (error) {
    if (error instanceof DiskFault && error.diskClass === "gone") return 0;
    throw error;
  }
}
