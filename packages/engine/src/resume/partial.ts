/**
 * The blocks of unfinished pieces, kept over a clean stop. They are not verified, so they live beside the journal and
 * never in the user's files; a piece whose checksum differs is left out.
 */
import {
  Bitfield,
  BLOCK_LENGTH,
  concatBytes,
  crc32,
  infoHashBytes,
  infoHashFromBytes,
  type Geometry,
  type InfoHash,
} from "@torrential/core";

export interface PartialPiece {
  readonly piece: number;
  readonly blocks: Bitfield;
  /** The payload of the set blocks, in order of block index. */
  readonly payload: Uint8Array;
}

const MAGIC = 0x54525031; // "TRP1"

export function encodePartials(infoHash: InfoHash, partials: readonly PartialPiece[]): Uint8Array {
  const parts: Uint8Array[] = [u32(MAGIC), infoHashBytes(infoHash)];
  for (const { piece, blocks, payload } of partials) {
    const body = concatBytes([u32(piece), blocks.toBytes(), u32(payload.length), payload]);
    parts.push(body, u32(crc32(body)));
  }
  return concatBytes(parts);
}

/** Whole pieces up to the first damage; an empty list when the bytes are not of this torrent. */
export function decodePartials(
  bytes: Uint8Array,
  expected: { readonly infoHash: InfoHash; readonly geometry: Geometry },
): readonly PartialPiece[] {
  const { infoHash, geometry } = expected;
  if (bytes.length < 24 || read32(bytes, 0) !== MAGIC || infoHashFromBytes(bytes.subarray(4, 24)) !== infoHash)
    return [];
  const partials: PartialPiece[] = [];
  let at = 24;
  while (at + 4 <= bytes.length) {
    const read = readPartial(bytes, at, geometry);
    if (read === undefined) return partials;
    partials.push(read.partial);
    at = read.end;
  }
  return partials;
}

function readPartial(
  bytes: Uint8Array,
  at: number,
  geometry: Geometry,
): { partial: PartialPiece; end: number } | undefined {
  const piece = read32(bytes, at);
  if (piece >= geometry.pieceCount) return undefined;
  const blockCount = geometry.blocksIn(piece);
  const bitsEnd = at + 4 + Math.ceil(blockCount / 8);
  if (bitsEnd + 4 > bytes.length) return undefined;
  const payloadEnd = bitsEnd + 4 + read32(bytes, bitsEnd);
  if (payloadEnd + 4 > bytes.length || read32(bytes, payloadEnd) !== crc32(bytes.subarray(at, payloadEnd)))
    return undefined;
  const blocks = Bitfield.fromBytes(blockCount, bytes.slice(at + 4, bitsEnd));
  const payload = bytes.subarray(bitsEnd + 4, payloadEnd);
  if (payload.length !== payloadLength(geometry, piece, blocks)) return undefined;
  return { partial: { piece, blocks, payload }, end: payloadEnd + 4 };
}

function payloadLength(geometry: Geometry, piece: number, blocks: Bitfield): number {
  let length = 0;
  for (let block = blocks.nextSet(0); block >= 0; block = blocks.nextSet(block + 1)) {
    length += geometry.blockLength(piece, block);
  }
  return length;
}

/** Calls `visit` with each kept block and where its payload lies in `partial.payload`. */
export function forEachBlock(partial: PartialPiece, visit: (block: number, payload: Uint8Array) => void): void {
  let at = 0;
  for (let block = partial.blocks.nextSet(0); block >= 0; block = partial.blocks.nextSet(block + 1)) {
    const end = Math.min(at + BLOCK_LENGTH, partial.payload.length);
    visit(block, partial.payload.subarray(at, end));
    at = end;
  }
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

function read32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
}
