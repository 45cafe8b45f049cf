/** What the main thread and the hashing threads say to each other. */

/** A regular file whose bytes are hashed; `path` is absolute with no link in it. */
export interface InputFile {
  readonly path: string;
  readonly lengthBytes: number;
}

export interface HashTask {
  /** In the order of the torrent. */
  readonly files: readonly InputFile[];
  readonly pieceLength: number;
  /** 20 bytes a piece: where the hashes go. */
  readonly hashes: SharedArrayBuffer;
  /** Two words, see `ControlWord`. */
  readonly control: SharedArrayBuffer;
}

/** Words of `HashTask.control`, changed with Atomics only. */
export const ControlWord = {
  /** The chunk that nobody has taken yet: threads read in the order of the data. */
  nextChunk: 0,
  /** Not 0: stop after the chunk at hand. */
  isCancelled: 1,
} as const;

export type FromHasher =
  /** So many bytes more are hashed. */
  | { readonly type: "hashed"; readonly bytes: number }
  | { readonly type: "failed"; readonly code: string; readonly message: string };
