/** Where the engine keeps what must outlive the process. Keys are info-hashes; the bytes are opaque to the driver. */
export type StateCommand =
  /** Appends to the torrent's resume journal, in order. */
  | { readonly type: "journal-append"; readonly key: string; readonly bytes: Uint8Array }
  /**
   * Replaces the journal: temporary file, fsync, rename, fsync of the folder. With `save` it is answered by
   * `handleSaved(save, result)` when it is on disk, or could not be written.
   */
  | { readonly type: "journal-replace"; readonly key: string; readonly bytes: Uint8Array; readonly save?: number }
  /** Removes the journal. */
  | { readonly type: "journal-remove"; readonly key: string };
