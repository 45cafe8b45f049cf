/** The bytes of a made-up torrent: any range can be produced at any time, so a large torrent costs nothing until read. */
import { BLOCK_LENGTH, FileMap, Geometry, sha1, type FileRun } from "@torrential/core";
import { mix32 } from "./random.ts";

export interface ContentFile {
  readonly path: readonly string[];
  readonly lengthBytes: number;
}

export interface ContentOptions {
  readonly seed: number;
  readonly name: string;
  /** Single-file when absent. */
  readonly files?: readonly ContentFile[];
  readonly lengthBytes?: number;
  readonly pieceLength: number;
}

/** Up to here all of it is kept ready-made: every leecher of a small swarm writes and checks the same bytes. */
const WHOLE_LENGTH_MAX = 64 * 1024 * 1024;

export class TorrentContent {
  readonly name: string;
  readonly files: readonly ContentFile[] | undefined;
  readonly geometry: Geometry;
  readonly fileMap: FileMap;
  readonly #seed: number;
  readonly #whole: Uint8Array | undefined;
  #pieceHashes: Uint8Array | undefined;

  constructor(options: ContentOptions) {
    this.name = options.name;
    this.files = options.files;
    const lengths = options.files?.map((file) => file.lengthBytes) ?? [options.lengthBytes ?? 0];
    const lengthBytes = lengths.reduce((sum, length) => sum + length, 0);
    this.geometry = new Geometry({ lengthBytes, pieceLength: options.pieceLength });
    this.fileMap = new FileMap(lengths);
    this.#seed = mix32(options.seed ^ 0x5eed);
    this.#whole = lengthBytes > WHOLE_LENGTH_MAX ? undefined : this.read(0, lengthBytes);
  }

  get lengthBytes(): number {
    return this.geometry.lengthBytes;
  }

  /** 20 bytes a piece. Computed at the first call. */
  get pieceHashes(): Uint8Array {
    this.#pieceHashes ??= this.#hashPieces();
    return this.#pieceHashes;
  }

  /** One block of a piece; shared, so it must not be written to. */
  block(piece: number, block: number): Uint8Array {
    return this.view(this.geometry.pieceOffset(piece) + block * BLOCK_LENGTH, this.geometry.blockLength(piece, block));
  }

  /** Any range; shared, so it must not be written to. */
  view(offsetBytes: number, lengthBytes: number): Uint8Array {
    return this.#whole?.subarray(offsetBytes, offsetBytes + lengthBytes) ?? this.read(offsetBytes, lengthBytes);
  }

  /** A fresh copy of any range. */
  read(offsetBytes: number, lengthBytes: number): Uint8Array {
    const target = new Uint8Array(lengthBytes);
    this.fill(target, offsetBytes);
    return target;
  }

  /** Fills `target` with the bytes from `offsetBytes` on. */
  fill(target: Uint8Array, offsetBytes: number): void {
    if (this.#whole !== undefined) target.set(this.#whole.subarray(offsetBytes, offsetBytes + target.length));
    else if (offsetBytes % 4 === 0 && target.byteOffset % 4 === 0 && target.length % 4 === 0)
      this.#fillWords(target, offsetBytes / 4);
    else this.#fillBytes(target, offsetBytes);
  }

  #fillWords(target: Uint8Array, firstIndex: number): void {
    const words = new Uint32Array(target.buffer, target.byteOffset, target.length / 4);
    for (let i = 0; i < words.length; i++) words[i] = this.#wordAt(firstIndex + i);
  }

  #fillBytes(target: Uint8Array, offsetBytes: number): void {
    for (let i = 0; i < target.length;) {
      const offset = offsetBytes + i;
      let word = this.#wordAt(Math.floor(offset / 4)) >>> (8 * (offset % 4));
      for (let inWord = offset % 4; inWord < 4 && i < target.length; inWord++, i++) {
        target[i] = word & 0xff;
        word >>>= 8;
      }
    }
  }

  /** The runs of files that a piece covers. */
  runsOf(piece: number): readonly FileRun[] {
    return this.fileMap.runs(this.geometry.pieceOffset(piece), this.geometry.pieceLengthOf(piece));
  }

  #wordAt(index: number): number {
    return mix32(Math.imul(index, 0x9e3779b1) ^ Math.floor(index / 0x1_0000_0000) ^ this.#seed);
  }

  #hashPieces(): Uint8Array {
    const { geometry } = this;
    const hashes = new Uint8Array(20 * geometry.pieceCount);
    for (let piece = 0; piece < geometry.pieceCount; piece++) {
      hashes.set(sha1(this.view(geometry.pieceOffset(piece), geometry.pieceLengthOf(piece))), 20 * piece);
    }
    return hashes;
  }
}
