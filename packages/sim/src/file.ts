/** One file of a simulated disk: what a process reads back now, and what would survive a power cut. */
import { PAGE_LENGTH, type PagePool } from "./pages.ts";
import type { SimRandom } from "./random.ts";

/** Fills a page's worth of bytes from an offset of the file on. */
export type Backing = (target: Uint8Array, offsetBytes: number) => void;

interface Write {
  readonly sequence: number;
  readonly offset: number;
  /** At most a page, within one page. */
  readonly bytes: Uint8Array;
}

const SECTOR_LENGTH = 512;
const ZERO_PAGE = new Uint8Array(PAGE_LENGTH);

/** Sparse, in shared pages. Writes stay in a log until synced, and a crash settles each of them by dice. */
export class SimFile {
  readonly #pool: PagePool;
  readonly #backing: Backing | undefined;
  #pages = new Map<number, Uint8Array>();
  #syncedPages = new Map<number, Uint8Array>();
  #syncedLength: number;
  #log: Write[] = [];
  lengthBytes: number;
  mtimeMs: number;

  /** With a backing, the file is there already, whole and synced. */
  constructor(options: { pool: PagePool; mtimeMs: number; lengthBytes?: number; backing?: Backing }) {
    this.#pool = options.pool;
    this.#backing = options.backing;
    this.mtimeMs = options.mtimeMs;
    this.lengthBytes = options.lengthBytes ?? 0;
    this.#syncedLength = this.lengthBytes;
  }

  /** Bytes that the file takes of its disk: holes cost nothing. */
  get allocatedBytes(): number {
    return this.#pages.size * PAGE_LENGTH;
  }

  /** How much `allocatedBytes` grows when `length` bytes are written at `offset`. */
  growthOf(offset: number, length: number): number {
    let missing = 0;
    for (let page = Math.floor(offset / PAGE_LENGTH); page * PAGE_LENGTH < offset + length; page++) {
      if (!this.#pages.has(page)) missing += 1;
    }
    return missing * PAGE_LENGTH;
  }

  /** Fills `target`; false when the file ends before that. */
  read(target: Uint8Array, offset: number): boolean {
    if (offset + target.length > this.lengthBytes) return false;
    for (let filled = 0; filled < target.length;) {
      const at = offset + filled;
      const inPage = at % PAGE_LENGTH;
      const count = Math.min(PAGE_LENGTH - inPage, target.length - filled);
      const page = this.#pageAt(this.#pages, Math.floor(at / PAGE_LENGTH));
      target.set(page.subarray(inPage, inPage + count), filled);
      filled += count;
    }
    return true;
  }

  /** Writes a copy of `bytes`; not durable before a sync that covers `sequence`. */
  write(bytes: Uint8Array, offset: number, stamp: { readonly sequence: number; readonly mtimeMs: number }): void {
    for (let done = 0; done < bytes.length;) {
      const at = offset + done;
      const count = Math.min(PAGE_LENGTH - (at % PAGE_LENGTH), bytes.length - done);
      const part = this.#apply(this.#pages, at, bytes.subarray(done, done + count));
      this.#log.push({ sequence: stamp.sequence, offset: at, bytes: part });
      done += count;
    }
    this.lengthBytes = Math.max(this.lengthBytes, offset + bytes.length);
    this.mtimeMs = stamp.mtimeMs;
  }

  /** What was written up to `sequence` survives from now on. */
  sync(sequence: number): void {
    const rest: Write[] = [];
    for (const write of this.#log) {
      if (write.sequence > sequence) {
        rest.push(write);
        continue;
      }
      this.#apply(this.#syncedPages, write.offset, write.bytes);
      this.#syncedLength = Math.max(this.#syncedLength, write.offset + write.bytes.length);
    }
    this.#log = rest;
  }

  /** The power goes: each write that wasn't synced is kept, lost or torn at a sector. Returns how many weren't kept. */
  crash(random: SimRandom): number {
    const pages = new Map(this.#syncedPages);
    let length = this.#syncedLength;
    let damaged = 0;
    for (const write of this.#log) {
      const kept = settle(write.bytes.length, random);
      if (kept < write.bytes.length) damaged += 1;
      if (kept > 0) this.#apply(pages, write.offset, write.bytes.subarray(0, kept));
      // The size is metadata: it may be there although the bytes are not, which then read as zeros.
      if (kept > 0 || random.hasChance(0.5)) length = Math.max(length, write.offset + write.bytes.length);
    }
    this.#pages = pages;
    this.#syncedPages = new Map(pages);
    this.#syncedLength = length;
    this.lengthBytes = length;
    this.#log = [];
    return damaged;
  }

  /** Flips one bit in place, as a dying disk does: no mtime, no log. */
  rot(offset: number, bit: number): void {
    for (const pages of [this.#pages, this.#syncedPages]) {
      const page = this.#pageAt(pages, Math.floor(offset / PAGE_LENGTH)).slice();
      page[offset % PAGE_LENGTH] = (page[offset % PAGE_LENGTH] ?? 0) ^ (1 << bit);
      pages.set(Math.floor(offset / PAGE_LENGTH), page);
    }
  }

  /** Cuts or fills up with a hole, as the last step of a copy does. */
  resize(lengthBytes: number, mtimeMs: number): void {
    this.lengthBytes = lengthBytes;
    this.#syncedLength = lengthBytes;
    this.mtimeMs = mtimeMs;
  }

  /** Cuts the file short, as another program would. */
  truncate(lengthBytes: number, mtimeMs: number): void {
    this.lengthBytes = Math.min(this.lengthBytes, lengthBytes);
    this.#syncedLength = Math.min(this.#syncedLength, lengthBytes);
    this.mtimeMs = mtimeMs;
  }

  #pageAt(pages: Map<number, Uint8Array>, index: number): Uint8Array {
    const page = pages.get(index);
    if (page !== undefined) return page;
    if (this.#backing === undefined) return ZERO_PAGE;
    const made = new Uint8Array(PAGE_LENGTH);
    this.#backing(made, index * PAGE_LENGTH);
    return made;
  }

  /** Puts bytes that lie within one page into `pages`; returns a view of the shared page that holds them. */
  #apply(pages: Map<number, Uint8Array>, offset: number, bytes: Uint8Array): Uint8Array {
    const index = Math.floor(offset / PAGE_LENGTH);
    const inPage = offset % PAGE_LENGTH;
    let page = bytes;
    if (bytes.length < PAGE_LENGTH) {
      page = this.#pageAt(pages, index).slice();
      page.set(bytes, inPage);
    }
    const shared = this.#pool.intern(page);
    pages.set(index, shared);
    return shared.subarray(inPage, inPage + bytes.length);
  }
}

/** How many of a write's bytes survive. */
function settle(length: number, random: SimRandom): number {
  const roll = random.next();
  if (roll < 0.4) return length;
  if (roll < 0.7) return 0;
  return Math.min(length, SECTOR_LENGTH * random.nextInt(Math.ceil(length / SECTOR_LENGTH) + 1));
}
