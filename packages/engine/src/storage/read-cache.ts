/**
 * Read-ahead memory for uploads and streams: units of a piece, read whole on the first request and kept while there is
 * room, least recently used out first. One for all torrents, so that one budget holds.
 */
import type { Outlet } from "../outbox.ts";
import type { DiskJob, StoreId } from "../ports/disk.ts";
import type { Extent, Slab } from "./slab.ts";

/**
 * A unit serves 32 blocks of 16 KiB with one read. Seeding to eight, 256 KiB gave 1,430 MB/s, 512 KiB 1,700 and 1 MiB
 * 1,480: smaller ones cost messages to the disk thread, larger ones leave the processor's cache before they are sent.
 */
export const CACHE_UNIT_BYTES: number = 512 * 1024;

/** A part of a piece in memory, or on its way there. */
export interface CacheUnit {
  readonly extent: Extent;
  isReady: boolean;
}

interface Entry extends CacheUnit {
  readonly key: number;
  readonly store: StoreId;
  readonly job: number;
  /** Told by `takeWaiters` when the read ends. */
  waiters: number[];
  /** Somebody asked for it, and not only for reading it ahead. */
  isUsed: boolean;
  /** Its store was dropped while it was read: it goes when the read ends. */
  isForgotten: boolean;
}

export interface ReadRange {
  readonly store: StoreId;
  readonly piece: number;
  readonly pieceLengthBytes: number;
  /** Length of a full piece: fixes the number of units per piece. */
  readonly fullPieceLengthBytes: number;
  readonly begin: number;
}

export interface ReadCacheDeps {
  readonly slab: Slab;
  readonly out: Outlet<{ readonly type: "disk"; readonly job: DiskJob }>;
  readonly nextId: () => number;
}

/**
 * Stores are told apart in a key by this factor: more units than any torrent has. The cache numbers stores itself, since
 * keys must stay below 2^53 and the ids it is given share their sequence with every job of the session.
 */
const UNITS_PER_STORE = 2 ** 31;

export class ReadCache {
  readonly #deps: ReadCacheDeps;
  readonly #budgetBytes: number;
  /** In order of use: the first is the oldest. */
  readonly #entries = new Map<number, Entry>();
  /** The last of them, whose turn need not be noted again. */
  #newest: Entry | undefined;
  readonly #jobs = new Map<number, Entry>();
  readonly #storeNumbers = new Map<StoreId, number>();
  #bytes = 0;

  constructor(options: { readonly budgetBytes: number }, deps: ReadCacheDeps) {
    this.#budgetBytes = options.budgetBytes;
    this.#deps = deps;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The unit that holds `range.begin`, read if need be; undefined when there is no memory for it now. */
  // hot
  get(range: ReadRange): CacheUnit | undefined {
    const key = this.#keyOf(range);
    const entry = this.#entries.get(key) ?? this.#load(range, key);
    if (entry === undefined) return undefined;
    entry.isUsed = true;
    if (entry === this.#newest) return entry;
    this.#newest = entry;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  /** Reads the unit that holds `range.begin` before it is asked for; false if one that was read ahead, too, would go for it. */
  readAhead(range: ReadRange): boolean {
    const key = this.#keyOf(range);
    return this.#entries.has(key) || this.#load(range, key, (oldest) => oldest.isUsed) !== undefined;
  }

  /** Whether every unit of the piece has been read and is here; `begin` does not matter. Changes no unit's age. */
  holdsPiece(range: ReadRange): boolean {
    for (let begin = 0; begin < range.pieceLengthBytes; begin += CACHE_UNIT_BYTES) {
      if (this.#entries.get(this.#keyOf({ ...range, begin }))?.isReady !== true) return false;
    }
    return true;
  }

  /** Registers `waiter` to be named when the unit's read ends. */
  await(unit: CacheUnit, waiter: number): void {
    (unit as Entry).waiters.push(waiter);
  }

  /** A read of this cache ended well: returns who waited for it; undefined when the job is not the cache's. */
  handleRead(job: number): readonly number[] | undefined {
    const entry = this.#jobs.get(job);
    if (entry === undefined) return undefined;
    this.#jobs.delete(job);
    entry.isReady = true;
    const waiters = entry.waiters;
    entry.waiters = [];
    if (entry.isForgotten) this.#drop(entry);
    return waiters;
  }

  /** A read failed: the unit is forgotten. Returns who waited for it. */
  handleFailed(job: number): readonly number[] | undefined {
    const entry = this.#jobs.get(job);
    if (entry === undefined) return undefined;
    this.#jobs.delete(job);
    this.#drop(entry);
    return entry.waiters;
  }

  /** Forgets all units of a store: those that are being read when their read ends, since the disk writes into them. */
  dropStore(store: StoreId): void {
    for (const entry of this.#entries.values()) {
      if (entry.store !== store) continue;
      if (entry.isReady) this.#drop(entry);
      else entry.isForgotten = true;
    }
  }

  /** Gives memory back until `lengthBytes` fit in the slab, or nothing is left to give. True when they fit. */
  makeRoom(lengthBytes: number): boolean {
    for (const entry of this.#entries.values()) {
      if (this.#deps.slab.hasRoom(lengthBytes)) return true;
      if (entry.isReady) this.#drop(entry);
    }
    return this.#deps.slab.hasRoom(lengthBytes);
  }

  #load(range: ReadRange, key: number, mayGo: (entry: Entry) => boolean = () => true): Entry | undefined {
    const begin = range.begin - (range.begin % CACHE_UNIT_BYTES);
    const length = Math.min(CACHE_UNIT_BYTES, range.pieceLengthBytes - begin);
    for (const entry of this.#entries.values()) {
      if (this.#bytes + length <= this.#budgetBytes) break;
      if (!mayGo(entry)) return undefined;
      if (entry.isReady) this.#drop(entry);
    }
    if (this.#bytes + length > this.#budgetBytes) return undefined;
    const extent = this.#deps.slab.allocate(length);
    if (extent === undefined) return undefined;
    const job = this.#deps.nextId();
    const { store } = range;
    const entry: Entry = { key, store, job, extent, isReady: false, waiters: [], isUsed: false, isForgotten: false };
    this.#entries.set(key, entry);
    this.#newest = entry;
    this.#jobs.set(job, entry);
    this.#bytes += length;
    this.#deps.out.push({
      type: "disk",
      job: { type: "read", job, store, piece: range.piece, begin, extent: extent.ref },
    });
    return entry;
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.key);
    this.#bytes -= entry.extent.ref.length;
    this.#deps.slab.release(entry.extent);
  }

  // hot
  #keyOf(range: ReadRange): number {
    let store = this.#storeNumbers.get(range.store);
    if (store === undefined) {
      store = this.#storeNumbers.size;
      this.#storeNumbers.set(range.store, store);
    }
    const unitsPerPiece = Math.ceil(range.fullPieceLengthBytes / CACHE_UNIT_BYTES);
    return store * UNITS_PER_STORE + range.piece * unitsPerPiece + Math.floor(range.begin / CACHE_UNIT_BYTES);
  }
}
