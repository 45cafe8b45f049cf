/** Many torrents for a daemon: complete ones, of which nobody has to read a byte, or a few that are really there. */
import { createHash } from "node:crypto";
import { mkdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { bencode } from "../../test/support/bencode.ts";
import { ByteSource } from "../../test/support/random.ts";

const KIB = 1024;
/** Mixed sizes: 10 MiB to 375 MiB in pieces of 256 KiB. */
const SPARSE = { pieceLength: 256 * KIB, pieceCounts: [40, 200, 800, 1500] };

export interface MadeTorrent {
  readonly name: string;
  readonly infoHash: string;
  readonly torrent: Uint8Array<ArrayBuffer>;
}

/** A sparse file and a torrent with made-up hashes; `journals` gets a record that says that all of it is there. */
export function makeSparse(
  index: number,
  { downloadDir, journals }: { readonly downloadDir: string; readonly journals: string },
): MadeTorrent {
  const pieces = SPARSE.pieceCounts[index % SPARSE.pieceCounts.length] ?? 1;
  const made = describe({ name: `sparse-${index}`, pieceLength: SPARSE.pieceLength, pieces }, source.next(20 * pieces));
  const path = join(downloadDir, made.name);
  writeFileSync(path, "");
  truncateSync(path, SPARSE.pieceLength * pieces);
  writeFileSync(join(journals, `${made.infoHash}.resume`), makeJournal(made.infoHash, pieces, statSync(path)));
  return made;
}

const source = new ByteSource("many-torrents");

/** Bytes and the torrent that describes them: the same ones for a name in every run. */
export function makeReal(name: string, downloads: string, lengthBytes: number): MadeTorrent {
  const pieceLength = 16 * KIB;
  const bytes = new ByteSource(name).next(lengthBytes);
  mkdirSync(downloads, { recursive: true });
  writeFileSync(join(downloads, name), bytes);
  const hashes: Buffer[] = [];
  for (let at = 0; at < lengthBytes; at += pieceLength)
    hashes.push(
      createHash("sha1")
        .update(bytes.subarray(at, at + pieceLength))
        .digest(),
    );
  return describe({ name, pieceLength, pieces: hashes.length }, Buffer.concat(hashes), lengthBytes);
}

function describe(
  shape: { readonly name: string; readonly pieceLength: number; readonly pieces: number },
  hashes: Uint8Array,
  length: number = shape.pieceLength * shape.pieces,
): MadeTorrent {
  const info = { length, name: shape.name, "piece length": shape.pieceLength, pieces: Buffer.from(hashes) };
  const infoHash = createHash("sha1").update(bencode(info)).digest("hex");
  return { name: shape.name, infoHash, torrent: new Uint8Array(bencode({ info })) };
}

/** A journal as a clean stop leaves it: docs/adr/0008. */
function makeJournal(infoHash: string, pieces: number, { size, mtimeMs }: { size: number; mtimeMs: number }): Buffer {
  const header = Buffer.alloc(28);
  header.write("TRJ1");
  header.write(infoHash, 4, "hex");
  header.writeUInt32BE(pieces, 24);
  const have = Buffer.alloc(Math.ceil(pieces / 8), 0xff);
  if (pieces % 8 > 0) have[have.length - 1] = (0xff << (8 - (pieces % 8))) & 0xff;
  const payload = Buffer.alloc(21 + have.length + 16);
  payload.writeUInt8(1, 0);
  payload.writeUInt32BE(1, 17);
  have.copy(payload, 21);
  payload.writeDoubleBE(size, 21 + have.length);
  payload.writeDoubleBE(mtimeMs, 29 + have.length);
  const record = Buffer.alloc(5);
  record.writeUInt8(1, 0);
  record.writeUInt32BE(payload.length, 1);
  return Buffer.concat([withChecksum(header), withChecksum(Buffer.concat([record, payload]))]);
}

function withChecksum(bytes: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([bytes, checksum]);
}
