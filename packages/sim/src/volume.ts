/** A file system that outlives the processes which use it: files, room, faults. */
import type { DiskErrorClass } from "@torrential/engine";
import type { Clock } from "./clock.ts";
import { SimFile, type Backing } from "./file.ts";
import type { PagePool } from "./pages.ts";
import type { SimRandom } from "./random.ts";

/** A call that a file system refused. */
export class VolumeError extends Error {
  readonly class: DiskErrorClass;

  constructor(errorClass: DiskErrorClass, message: string) {
    super(message);
    this.class = errorClass;
  }
}

export class Volume {
  readonly #clock: Clock;
  readonly #pool: PagePool;
  readonly #files = new Map<string, SimFile>();
  #sequence = 0;
  readonly #rooms = new Map<string, number>();
  readonly #devices = new Set<string>();
  /** While set, every call that touches it fails with this class. */
  fault: DiskErrorClass | undefined;
  writtenBytes = 0;

  constructor(clock: Clock, pool: PagePool) {
    this.#clock = clock;
    this.#pool = pool;
  }

  /** From now on the files under `prefix` have room for `bytes` in all; writes beyond fail with `full`. */
  setRoom(prefix: string, bytes: number): void {
    this.#rooms.set(prefix, bytes);
  }

  /** From now on what lies under `prefix` is on a device of its own: no rename gets there. */
  mount(prefix: string): void {
    this.#devices.add(prefix);
  }

  /** Bytes that the files under `prefix` take. */
  usedBytes(prefix: string): number {
    let used = 0;
    for (const [path, file] of this.#files) if (path.startsWith(prefix)) used += file.allocatedBytes;
    return used;
  }

  /** Number of the latest write: what is written by now, for a sync. */
  get sequence(): number {
    return this.#sequence;
  }

  get paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  file(path: string): SimFile | undefined {
    return this.#files.get(path);
  }

  /** Puts a whole, synced file there whose bytes are made when read. */
  preload(path: string, lengthBytes: number, backing: Backing): void {
    this.#files.set(path, new SimFile({ pool: this.#pool, mtimeMs: this.#wallMs(), lengthBytes, backing }));
  }

  /** Finds or makes a file. */
  create(path: string): SimFile {
    this.#refuse(path);
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = new SimFile({ pool: this.#pool, mtimeMs: this.#wallMs() });
    this.#files.set(path, file);
    return file;
  }

  /** Writes as much as there is room for, and throws when that is less than all: pwrite does the same. */
  write(path: string, bytes: Uint8Array, offset: number): void {
    const file = this.create(path);
    const growth = file.growthOf(offset, bytes.length);
    const fitting = Math.max(0, bytes.length - Math.max(0, growth - this.#roomFor(path)));
    this.#sequence += 1;
    if (fitting > 0)
      file.write(bytes.subarray(0, fitting), offset, { sequence: this.#sequence, mtimeMs: this.#wallMs() });
    this.writtenBytes += fitting;
    if (fitting < bytes.length)
      throw new VolumeError("full", `${path}: no room for ${bytes.length - fitting} of ${bytes.length} bytes`);
  }

  /** Fills `target`. Throws when the file is missing or ends too soon. */
  read(path: string, target: Uint8Array, offset: number): void {
    this.#refuse(path);
    this.peek(path, target, offset);
  }

  /** Reads for the world's own eyes: faults don't matter. */
  peek(path: string, target: Uint8Array, offset: number): void {
    const file = this.#files.get(path);
    if (file === undefined) throw new VolumeError("gone", `${path} does not exist`);
    if (!file.read(target, offset))
      throw new VolumeError("gone", `${path} has ${file.lengthBytes} bytes, wanted ${target.length} from ${offset} on`);
  }

  sync(path: string, sequence: number): void {
    this.#refuse(path);
    this.#files.get(path)?.sync(sequence);
  }

  remove(path: string): void {
    this.#refuse(path);
    this.#files.delete(path);
  }

  /** Nothing is overwritten, and devices are not crossed. A name is durable at once. */
  rename(from: string, to: string): void {
    this.#refuse(from);
    const file = this.#files.get(from);
    if (file === undefined) throw new VolumeError("gone", `${from} does not exist`);
    if (this.#deviceOf(from) !== this.#deviceOf(to))
      throw new VolumeError("other-device", `${to} is on another device than ${from}`);
    if (this.#files.has(to)) throw new VolumeError("corrupt", `${to} exists already`);
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  /** The power goes. Returns how many writes did not survive whole. */
  crash(random: SimRandom): number {
    let damaged = 0;
    for (const file of this.#files.values()) damaged += file.crash(random);
    return damaged;
  }

  /** Flips a bit of each of `count` random bytes in the files that exist. Returns where. */
  rot(count: number, random: SimRandom): readonly { readonly path: string; readonly offset: number }[] {
    const candidates = [...this.#files.entries()].filter(([, file]) => file.lengthBytes > 0);
    return Array.from({ length: count }, () => {
      const [path, file] = random.pick(candidates);
      const offset = random.nextInt(file.lengthBytes);
      file.rot(offset, random.nextInt(8));
      return { path, offset };
    });
  }

  #roomFor(path: string): number {
    let room = Number.POSITIVE_INFINITY;
    for (const [prefix, bytes] of this.#rooms) {
      if (path.startsWith(prefix)) room = Math.min(room, bytes - this.usedBytes(prefix));
    }
    return Math.max(0, room);
  }

  #deviceOf(path: string): string {
    for (const prefix of this.#devices) if (path.startsWith(`${prefix}/`)) return prefix;
    return "";
  }

  #refuse(path: string): void {
    if (this.fault !== undefined) throw new VolumeError(this.fault, `${path}: the disk refuses (${this.fault})`);
  }

  /** File times are on the wall clock; a day of 2026 will do. */
  #wallMs(): number {
    return WALL_START_MS + Math.floor(this.#clock.now);
  }
}

const WALL_START_MS = 1_790_000_000_000;
