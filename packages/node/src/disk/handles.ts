/** Open files of one thread, the least recently used one closed first (PROMISES F15: 40 in the whole process). */
import { closeSync } from "node:fs";

interface Handle {
  readonly fd: number;
  readonly isWritable: boolean;
}

export class HandleCache {
  readonly #handlesMax: number;
  /** Oldest use first. */
  readonly #handles = new Map<string, Handle>();

  constructor(handlesMax: number) {
    this.#handlesMax = handlesMax;
  }

  get size(): number {
    return this.#handles.size;
  }

  /** The descriptor for (store, file), opened by `open` unless one that can do as much is kept. Valid until the next call. */
  get(store: number, file: number, isWritable: boolean, open: () => number): number {
    const key = `${store}/${file}`;
    const kept = this.#handles.get(key);
    if (kept !== undefined) {
      this.#handles.delete(key);
      if (kept.isWritable || !isWritable) {
        this.#handles.set(key, kept);
        return kept.fd;
      }
      closeSync(kept.fd);
    }
    this.#makeRoom();
    const fd = open();
    this.#handles.set(key, { fd, isWritable });
    return fd;
  }

  /** Closes every file of the store. */
  closeStore(store: number): void {
    const prefix = `${store}/`;
    for (const [key, handle] of this.#handles) {
      if (!key.startsWith(prefix)) continue;
      this.#handles.delete(key);
      closeSync(handle.fd);
    }
  }

  closeAll(): void {
    for (const handle of this.#handles.values()) closeSync(handle.fd);
    this.#handles.clear();
  }

  #makeRoom(): void {
    if (this.#handles.size < this.#handlesMax) return;
    for (const [key, handle] of this.#handles) {
      this.#handles.delete(key);
      closeSync(handle.fd);
      return;
    }
  }
}
