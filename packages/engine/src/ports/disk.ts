/**
 * What the engine asks of a disk. Every request is a plain message and every answer comes back as one:
 * payload travels as references into the shared slab, never as bytes.
 *
 * Ordering: jobs of one store that name the same piece run in the order they were submitted. `sync` covers what
 * was committed of its pieces before it was submitted. `close` runs after everything of its store that
 * was submitted before it. `relayout` runs after everything of its store before it, and before everything after it.
 * Everything else may be reordered.
 */

/** One open torrent's files on disk, as numbered by the engine; never reused while the engine runs. */
export type StoreId = number;

/** A run of bytes in the slab: `segment` is an index into the list of shared segments, the rest is in bytes. */
export interface ExtentRef {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

/** One file of a store. `path` is relative to the root and came out of a SafePath. */
export interface StoreFile {
  readonly path: readonly string[];
  readonly lengthBytes: number;
  /** Pad files (BEP 47) read as zeros and are never made on disk. */
  readonly isPad: boolean;
  readonly isExecutable: boolean;
  /** Where it may be instead, since an earlier run: `open` looks there when nothing is at `path`. Deleted with it. */
  readonly alternatives?: readonly (readonly string[])[];
}

/** A file's new place in its store. */
export interface FilePlace {
  readonly file: number;
  /** Where it is, if not where the layout says. */
  readonly from?: readonly string[];
  /** Where it goes, below the root; out of a SafePath, or a name of ours. */
  readonly path: readonly string[];
}

export type DiskJob =
  /** Remembers the layout. Makes nothing on disk; answered with what is already there. */
  | {
      readonly type: "open";
      readonly job: number;
      readonly store: StoreId;
      readonly root: string;
      readonly files: readonly StoreFile[];
      readonly pieceLength: number;
      /** v1: 20 bytes a piece, concatenated. */
      readonly pieceHashes: Uint8Array;
    }
  /** Creates wanted zero-length files and folders for `files` (indexes). */
  | { readonly type: "make-empty"; readonly job: number; readonly store: StoreId; readonly files: readonly number[] }
  /** Hashes a slab-resident prefix of a large piece ahead of its `commit`, so that the hash is warm: extents in order. */
  | {
      readonly type: "hash-ahead";
      readonly job: number;
      readonly store: StoreId;
      readonly piece: number;
      readonly extents: readonly ExtentRef[];
    }
  /** Drops what `hash-ahead` kept for this piece. */
  | { readonly type: "hash-drop"; readonly job: number; readonly store: StoreId; readonly piece: number }
  /** Hashes the piece in memory and, only if it passes, writes it. `hashedExtents` leading extents were given to `hash-ahead`. */
  | {
      readonly type: "commit";
      readonly job: number;
      readonly store: StoreId;
      readonly piece: number;
      readonly extents: readonly ExtentRef[];
      readonly hashedExtents: number;
      /** Also answer with a 64-bit digest of each 16 KiB block (always given when the hash fails). */
      readonly wantBlockDigests: boolean;
    }
  /** Reads part of a piece into the slab. */
  | {
      readonly type: "read";
      readonly job: number;
      readonly store: StoreId;
      readonly piece: number;
      /** Offset within the piece, bytes. */
      readonly begin: number;
      readonly extent: ExtentRef;
    }
  /** Reads a piece from its files and hashes it. Missing or short files are `absent`, not an error. */
  | { readonly type: "check"; readonly job: number; readonly store: StoreId; readonly piece: number }
  /** fdatasync of the files in which these pieces lie, and of their names. */
  | { readonly type: "sync"; readonly job: number; readonly store: StoreId; readonly pieces: readonly number[] }
  /**
   * Renames what is there of these files, to other names or below another root, and uses the new layout from then on:
   * all of it, or, when it fails, nothing. Nothing is overwritten. Folders left empty go. "other-device" when a rename
   * cannot do it.
   */
  | {
      readonly type: "relayout";
      readonly job: number;
      readonly store: StoreId;
      readonly root: string;
      readonly places: readonly FilePlace[];
    }
  /** Looks what there is of a copy of the file at `path` below `root`. "corrupt" when something else is there. */
  | {
      readonly type: "find-copy";
      readonly job: number;
      readonly store: StoreId;
      readonly file: number;
      readonly root: string;
      readonly path: readonly string[];
    }
  /** Copies a range of a file to a temporary name beside `path` below `root`. The layout stays as it is. */
  | {
      readonly type: "copy";
      readonly job: number;
      readonly store: StoreId;
      readonly file: number;
      readonly root: string;
      readonly path: readonly string[];
      readonly offset: number;
      readonly length: number;
    }
  /**
   * "seal-copy": the copy is whole: gives it the file's length and time, syncs it, and puts it at `path`. The file stays.
   * "drop-copy": removes what there is of it by the temporary name, and the folders left empty.
   */
  | {
      readonly type: "seal-copy" | "drop-copy";
      readonly job: number;
      readonly store: StoreId;
      readonly file: number;
      readonly root: string;
      readonly path: readonly string[];
    }
  /**
   * Closes every file; `deleteFiles` also removes the files (and the folders left empty) that the store lists, with all
   * their alternatives, `deleteAlternatives` those alone.
   */
  | {
      readonly type: "close";
      readonly job: number;
      readonly store: StoreId;
      readonly deleteFiles: boolean;
      readonly deleteAlternatives?: boolean;
    };

/** Why a disk refused, by class; the engine decides what stops and what is retried from this alone. */
export type DiskErrorClass =
  | "full" // ENOSPC, EDQUOT
  | "gone" // the root or device is missing
  | "denied" // EACCES, EPERM
  | "read-only" // EROFS
  | "io" // EIO and whatever is not listed
  | "corrupt" // a file where a folder should be, not a regular file, leaves the root
  | "too-long" // ENAMETOOLONG
  | "busy" // EMFILE, EBUSY, timeouts
  | "other-device"; // EXDEV: only a copy gets there

export interface DiskError {
  readonly class: DiskErrorClass;
  /** One sentence: what, which, got, wanted. */
  readonly message: string;
}

/** What `open` found of one file. */
export interface FoundFile {
  /** -1 when it does not exist. */
  readonly lengthBytes: number;
  readonly mtimeMs: number;
  /** Which of its `alternatives` is meant, when it is not at its path. */
  readonly alternative?: number;
}

/** What `find-copy` saw. `there`: a whole one, of the file's length and time, or the file is only there. */
export type FileCopy =
  | { readonly type: "there" | "absent" }
  /** A part of it, by the temporary name, of so many bytes; 0 for none. */
  | { readonly type: "partial"; readonly copiedBytes: number };

export type DiskDone =
  | { readonly type: "opened"; readonly job: number; readonly store: StoreId; readonly found: readonly FoundFile[] }
  | { readonly type: "made-empty"; readonly job: number; readonly store: StoreId }
  | { readonly type: "hashed-ahead"; readonly job: number; readonly store: StoreId; readonly piece: number }
  | {
      readonly type: "committed";
      readonly job: number;
      readonly store: StoreId;
      readonly piece: number;
      readonly blockDigests: readonly string[] | undefined;
    }
  | {
      readonly type: "hash-failed";
      readonly job: number;
      readonly store: StoreId;
      readonly piece: number;
      readonly blockDigests: readonly string[];
    }
  | { readonly type: "read"; readonly job: number; readonly store: StoreId; readonly piece: number }
  | {
      readonly type: "checked";
      readonly job: number;
      readonly store: StoreId;
      readonly piece: number;
      readonly result: "passed" | "failed" | "absent";
    }
  | { readonly type: "synced"; readonly job: number; readonly store: StoreId }
  | { readonly type: "relaid"; readonly job: number; readonly store: StoreId }
  | {
      readonly type: "copy-found";
      readonly job: number;
      readonly store: StoreId;
      readonly file: number;
      readonly copy: FileCopy;
    }
  | {
      readonly type: "copied" | "copy-sealed" | "copy-dropped";
      readonly job: number;
      readonly store: StoreId;
      readonly file: number;
    }
  | { readonly type: "closed"; readonly job: number; readonly store: StoreId }
  | { readonly type: "failed"; readonly job: number; readonly store: StoreId; readonly error: DiskError };
