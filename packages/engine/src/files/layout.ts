/**
 * Where each file of a torrent is: below which root, by which name, or, while nobody wants it, among the parts. A piece
 * that lies in a wanted and an unwanted file is written whole, and the unwanted file's share of it must not show up in
 * the user's folder: such a file is made at `.<info-hash>.parts/<index>` and gets its name when it becomes wanted. A
 * rename does that, at once and whole (docs/adr/0013).
 *
 * Invariant: what `pathOf` says is what the disk's layout says after the jobs handed to it so far.
 */
import {
  arrangeFiles,
  type FileLayout,
  type InfoHash,
  makeSafePaths,
  type Metainfo,
  partPath,
  type SafePath,
  utf8,
} from "@torrential/core";
import type { FilePlace, FoundFile, StoreFile } from "../ports/disk.ts";
import { decodePlaceRecord, encodePlaceRecord, type PlaceRecord } from "./place-record.ts";

const FORMER_ROOTS_MAX = 16;

export interface LayoutView {
  readonly metainfo: Metainfo;
  readonly infoHash: InfoHash;
}

export class Layout {
  readonly #view: LayoutView;
  #root: string;
  #formerRoots: readonly string[] = [];
  #movingTo: string | undefined;
  /** Names that nobody changed: the torrent's own, laid out as its user chose. */
  readonly #ownNames: readonly (readonly string[])[];
  #names: readonly (readonly string[])[];
  /** Names before a renaming that a crash may have cut off. */
  #formerNames: ReadonlyMap<number, readonly string[]> = new Map();
  /** Files that are, or will be made, among the parts. */
  readonly #isPart: Uint8Array;
  /** Files of which something is on disk. */
  readonly #isMade: Uint8Array;

  /** `saved`: the bytes of a `PlaceRecord`; it counts where it knows of the root that is asked for. */
  constructor(
    view: LayoutView,
    options: {
      readonly root: string;
      readonly layout?: FileLayout | undefined;
      readonly saved?: Uint8Array | undefined;
    },
  ) {
    const { files } = view.metainfo;
    this.#view = view;
    this.#root = options.root;
    this.#ownNames = arrangeFiles(view.metainfo, options.layout);
    this.#names = this.#ownNames;
    this.#isPart = new Uint8Array(files.length);
    this.#isMade = new Uint8Array(files.length);
    const record = options.saved === undefined ? undefined : decodePlaceRecord(options.saved);
    if (record !== undefined) this.#recall(record, options.root);
  }

  get root(): string {
    return this.#root;
  }

  /** Where a move that is not done takes the files. */
  get movingTo(): string | undefined {
    return this.#movingTo;
  }

  /** Its name in the user's folder. */
  nameOf(file: number): readonly string[] {
    return this.#names[file] ?? [];
  }

  /** Where it is now, below the root. */
  pathOf(file: number): readonly string[] {
    return this.#isPart[file] === 1 ? this.#partOf(file) : this.nameOf(file);
  }

  /** Whether it lies, or would be made, among the parts. */
  isPart(file: number): boolean {
    return this.#isPart[file] === 1;
  }

  /** Whether some file of ours is among the parts. */
  get hasParts(): boolean {
    return this.#isPart.some((isPart, file) => isPart === 1 && this.#isMade[file] === 1);
  }

  /** For `open`: every file by its name, with the other places where it may be. */
  storeFiles(): readonly StoreFile[] {
    return this.#view.metainfo.files.map((file, index) => {
      const former = this.#formerNames.get(index);
      const alternatives = [this.#partOf(index), ...(former === undefined ? [] : [former])];
      const { lengthBytes, isPad, isExecutable } = file;
      return { path: this.nameOf(index), lengthBytes, isPad, isExecutable, ...(isPad ? {} : { alternatives }) };
    });
  }

  /** What is where. Returns the files that have to change their place. */
  handleOpened(found: readonly FoundFile[], isWanted: (file: number) => boolean): readonly FilePlace[] {
    const places: FilePlace[] = [];
    for (const [file, { lengthBytes, alternative }] of found.entries()) {
      if (this.#isPad(file)) continue;
      const isMade = lengthBytes >= 0;
      const isHidden = alternative === 0;
      this.#isMade[file] = isMade ? 1 : 0;
      this.#isPart[file] = !isWanted(file) && (!isMade || isHidden) ? 1 : 0;
      const from = this.#whereFound(file, alternative);
      const path = this.pathOf(file);
      if (!isSame(path, this.nameOf(file)) || !isSame(path, from)) places.push({ file, from, path });
    }
    return places;
  }

  /** A piece is in these files. */
  handleWritten(files: readonly number[]): void {
    for (const file of files) this.#isMade[file] = 1;
  }

  /** Other files are wanted. Returns the files that have to change their place, which they have from now on. */
  select(isWanted: (file: number) => boolean): readonly FilePlace[] {
    const places: FilePlace[] = [];
    for (let file = 0; file < this.#names.length; file++) {
      if (this.#isPad(file)) continue;
      const isPart = !isWanted(file) && (this.#isMade[file] === 0 || this.#isPart[file] === 1) ? 1 : 0;
      if (isPart === this.#isPart[file]) continue;
      this.#isPart[file] = isPart;
      places.push({ file, path: this.pathOf(file) });
    }
    return places;
  }

  // ---- names

  /** All names with these changed. Throws TorrentialError "metainfo-limit" for one that is too long. */
  renamed(changes: ReadonlyMap<number, readonly string[]>): readonly SafePath[] {
    return safeNames(this.#names, changes);
  }

  /** For the record that is saved before names change. */
  startRenaming(names: readonly (readonly string[])[]): Uint8Array {
    const former = new Map<number, readonly string[]>();
    for (const [file, name] of names.entries())
      if (!isSame(name, this.nameOf(file))) former.set(file, this.nameOf(file));
    return encodePlaceRecord({ ...this.#record(names), formerNames: former });
  }

  /** The files that change their place for it: those among the parts have no name there. */
  renamePlaces(names: readonly (readonly string[])[]): readonly FilePlace[] {
    return [...names.entries()]
      .filter(([file, name]) => !this.isPart(file) && !isSame(name, this.nameOf(file)))
      .map(([file, path]) => ({ file, path }));
  }

  finishRenaming(names: readonly (readonly string[])[]): void {
    this.#names = names;
    this.#formerNames = new Map();
  }

  // ---- root

  /** For the record that is saved before files move. */
  startMoving(root: string): Uint8Array {
    this.#movingTo = root;
    return this.encode();
  }

  /** Every file to the same path below another root. */
  movePlaces(): readonly FilePlace[] {
    return this.#names.flatMap((_, file) => (this.#isPad(file) ? [] : [{ file, path: this.pathOf(file) }]));
  }

  finishMoving(root: string): void {
    const former = [this.#root, ...this.#formerRoots].filter((each) => each !== root);
    this.#formerRoots = [...new Set(former)].slice(0, FORMER_ROOTS_MAX);
    this.#root = root;
    this.#movingTo = undefined;
  }

  cancelMoving(): void {
    this.#movingTo = undefined;
  }

  /** The record as things stand. */
  encode(): Uint8Array {
    return encodePlaceRecord(this.#record(this.#names));
  }

  #record(names: readonly (readonly string[])[]): PlaceRecord {
    const changed = [...names.entries()].filter(([file, name]) => !isSame(name, this.#ownNames[file] ?? []));
    return {
      root: this.#root,
      formerRoots: this.#formerRoots,
      movingTo: this.#movingTo,
      names: new Map(changed),
      formerNames: this.#formerNames,
    };
  }

  #recall(record: PlaceRecord, asked: string): void {
    this.#names = safeNames(this.#names, record.names);
    if (record.formerNames.size > 0) {
      const former = safeNames(this.#names, record.formerNames);
      this.#formerNames = new Map([...record.formerNames.keys()].map((file) => [file, former[file] ?? []]));
    }
    const isMoving = record.movingTo !== undefined && (asked === record.root || asked === record.movingTo);
    if (!isMoving && !record.formerRoots.includes(asked)) return;
    this.#root = record.root;
    this.#movingTo = record.movingTo;
    this.#formerRoots = record.formerRoots;
  }

  #whereFound(file: number, alternative: number | undefined): readonly string[] {
    if (alternative === undefined) return this.nameOf(file);
    return alternative === 0 ? this.#partOf(file) : (this.#formerNames.get(file) ?? this.nameOf(file));
  }

  #partOf(file: number): readonly string[] {
    return partPath(this.#view.infoHash, file);
  }

  #isPad(file: number): boolean {
    return this.#view.metainfo.files[file]?.isPad ?? true;
  }
}

/** SafePaths out of names with some changed: whatever they say, they stay below the root and apart. */
function safeNames(
  names: readonly (readonly string[])[],
  changes: ReadonlyMap<number, readonly string[]>,
): readonly SafePath[] {
  return makeSafePaths(names.map((name, file) => (changes.get(file) ?? name).map((element) => utf8(element))));
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((element, index) => element === b[index]);
}
