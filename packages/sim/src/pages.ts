/**
 * Shared immutable pages. Thirty leechers of one torrent keep one copy of its bytes between them, so that a swarm fits
 * into the memory of one test.
 */
import { hashBytes } from "./trace.ts";
import { hasSameBytes } from "./same-bytes.ts";

export const PAGE_LENGTH = 16_384;

/** Interns pages: equal bytes, same object. Pages are never written to after they were interned. */
export class PagePool {
  readonly #pages = new Map<number, Uint8Array[]>();

  /** The shared page that holds what `bytes` holds now; `bytes` stays the caller's. */
  intern(bytes: Uint8Array): Uint8Array {
    const hash = hashBytes(bytes);
    const bucket = this.#pages.get(hash);
    const known = bucket?.find((page) => hasSameBytes(page, bytes));
    if (known !== undefined) return known;
    const page = bytes.slice();
    if (bucket === undefined) this.#pages.set(hash, [page]);
    else bucket.push(page);
    return page;
  }
}
