/** Test data and the .torrent files that describe it, written by code that shares nothing with the client under test. */
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Bencodable, bencode } from "./bencode.ts";
import { ByteSource } from "./random.ts";

export interface FixtureFile {
  /** Below the torrent's name; empty for the one file of a single-file torrent. */
  readonly path: readonly string[];
  readonly lengthBytes: number;
}

export interface FixtureOptions {
  /** Name of the torrent, and of its file or folder. */
  readonly name: string;
  readonly pieceLength: number;
  /** A number makes a single file of that many bytes. */
  readonly files: number | readonly FixtureFile[];
  readonly announce?: string;
  /** Goes into the info dictionary: another info-hash for the same bytes. */
  readonly source?: string;
  readonly isPrivate?: boolean;
  /** Bytes come from this label and the run's seed. Default: the name. */
  readonly dataLabel?: string;
}

export interface Fixture {
  readonly name: string;
  readonly torrentFile: string;
  readonly torrentBytes: Buffer;
  /** 40 hexadecimal digits, lower case. */
  readonly infoHash: string;
  /** The folder that holds the file or folder `name`: what a seed is given as its download folder. */
  readonly dataDir: string;
  readonly lengthBytes: number;
  readonly pieceLength: number;
  /** 20 bytes a piece. */
  readonly pieceHashes: Buffer;
  readonly files: readonly FixtureFile[];
  readonly isSingleFile: boolean;
}

/** Writes the data to `folder`/data and the torrent beside it. */
export function makeFixture(folder: string, options: FixtureOptions): Fixture {
  const isSingleFile = typeof options.files === "number";
  const files = typeof options.files === "number" ? [{ path: [], lengthBytes: options.files }] : options.files;
  const dataDir = join(folder, "data");
  const pieceHashes = writeData(join(dataDir, options.name), files, options);
  return describeFixture(folder, { ...options, files, isSingleFile, pieceHashes });
}

/** A torrent of one file that somebody else made; it is copied. */
export function makeFixtureOf(folder: string, source: string, options: { readonly pieceLength: number }): Fixture {
  const { pieceLength } = options;
  const name = basename(source);
  const bytes = readFileSync(source);
  mkdirSync(join(folder, "data"), { recursive: true });
  writeFileSync(join(folder, "data", name), bytes);
  const hashes = Array.from({ length: Math.ceil(bytes.length / pieceLength) }, (_, piece) =>
    createHash("sha1")
      .update(bytes.subarray(piece * pieceLength, (piece + 1) * pieceLength))
      .digest(),
  );
  const files = [{ path: [], lengthBytes: bytes.length }];
  return describeFixture(folder, { name, pieceLength, files, isSingleFile: true, pieceHashes: Buffer.concat(hashes) });
}

/** The same data under another info-hash and tracker: nothing but a second .torrent file is written. */
export function makeVariant(folder: string, fixture: Fixture, options: { source: string; announce?: string }): Fixture {
  const variant = describeFixture(folder, { ...fixture, ...options });
  return { ...variant, dataDir: fixture.dataDir };
}

/**
 * The same bytes under an info dictionary of the test's making: `info` replaces keys of the honest one, or takes them
 * away where it says undefined. What a seed hands over stays what it was.
 */
export function makeHostile(
  folder: string,
  fixture: Fixture,
  info: Readonly<Record<string, Bencodable | undefined>>,
): Fixture {
  const { name, pieceLength, pieceHashes, files, isSingleFile, lengthBytes } = fixture;
  const layout = isSingleFile
    ? { length: lengthBytes }
    : { files: files.map((file) => ({ length: file.lengthBytes, path: file.path })) };
  const honest: Record<string, Bencodable | undefined> = {
    name,
    "piece length": pieceLength,
    pieces: pieceHashes,
    ...layout,
    ...info,
  };
  const kept = Object.entries(honest).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  const changed = Object.fromEntries(kept);
  const torrentBytes = bencode({ info: changed });
  const torrentFile = join(folder, "hostile.torrent");
  writeFileSync(torrentFile, torrentBytes);
  return { ...fixture, torrentBytes, torrentFile, infoHash: createHash("sha1").update(bencode(changed)).digest("hex") };
}

interface Description extends Omit<FixtureOptions, "files"> {
  readonly files: readonly FixtureFile[];
  readonly isSingleFile: boolean;
  readonly pieceHashes: Buffer;
}

function describeFixture(folder: string, options: Description): Fixture {
  const { name, files, isSingleFile, pieceLength, pieceHashes } = options;
  const lengthBytes = files.reduce((sum, file) => sum + file.lengthBytes, 0);
  const info: Record<string, Bencodable> = { name, "piece length": pieceLength, pieces: pieceHashes };
  if (isSingleFile) info["length"] = lengthBytes;
  else info["files"] = files.map((file) => ({ length: file.lengthBytes, path: file.path }));
  if (options.isPrivate === true) info["private"] = 1;
  if (options.source !== undefined) info["source"] = options.source;
  const announce = options.announce === undefined ? {} : { announce: options.announce };
  const torrentBytes = bencode({ ...announce, info });
  mkdirSync(folder, { recursive: true });
  const torrentFile = join(folder, `${[name, options.source ?? []].flat().join("-").replaceAll(/\W/g, "_")}.torrent`);
  writeFileSync(torrentFile, torrentBytes);
  const infoHash = createHash("sha1").update(bencode(info)).digest("hex");
  const dataDir = join(folder, "data");
  return {
    name,
    torrentFile,
    torrentBytes,
    infoHash,
    dataDir,
    lengthBytes,
    pieceLength,
    pieceHashes,
    files,
    isSingleFile,
  };
}

/** Fills the files one after another and hashes the pieces on the way. Returns the hashes. */
function writeData(root: string, files: readonly FixtureFile[], options: FixtureOptions): Buffer {
  const source = new ByteSource(options.dataLabel ?? options.name);
  const hashes: Buffer[] = [];
  let hash = createHash("sha1");
  let missing = options.pieceLength;
  for (const file of files) {
    const path = join(root, ...file.path);
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(path, "w");
    for (let left = file.lengthBytes; left > 0;) {
      const bytes = source.next(Math.min(left, missing, 1 << 20));
      writeSync(descriptor, bytes);
      hash.update(bytes);
      left -= bytes.length;
      missing -= bytes.length;
      if (missing === 0) {
        hashes.push(hash.digest());
        [hash, missing] = [createHash("sha1"), options.pieceLength];
      }
    }
    closeSync(descriptor);
  }
  if (missing < options.pieceLength) hashes.push(hash.digest());
  return Buffer.concat(hashes);
}

/** `count` files of odd sizes in nested folders; every ninth is empty, a few end exactly at a piece's edge. */
export function manyOddFiles(count: number, options: { pieceLength: number; label: string }): FixtureFile[] {
  const random = new ByteSource(`sizes/${options.label}`);
  const files: FixtureFile[] = [];
  let end = 0;
  for (let index = 0; index < count; index++) {
    const folders = [`a${index % 7}`, `b${index % 3}`, "c"].slice(0, index % 4);
    const toEdge = options.pieceLength - (end % options.pieceLength);
    const lengthBytes = index % 9 === 0 ? 0 : index % 50 === 7 ? toEdge : random.integer(1, 60_000);
    files.push({ path: [...folders, `file ${index}.bin`], lengthBytes });
    end += lengthBytes;
  }
  return files;
}
