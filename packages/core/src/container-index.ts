/**
 * Where a film keeps its index, read from the head of its file. Players want it before the first frame, and many files
 * have it at their end: whoever fetches it first starts sooner. The bytes come from strangers: everything is bounded.
 */

/** As much of the head as is looked at. */
export const INDEX_HEAD_BYTES = 65_536;

/** Bytes from `start` to `end` (exclusive) of a file. */
export interface IndexRange {
  readonly start: number;
  readonly end: number;
}

/** No index is fetched beyond this: four hours of film have some megabytes. */
const INDEX_MAX_BYTES = 16 * 1024 * 1024;
/** mkv does not say how long its cues are. */
const CUES_BYTES = 1024 * 1024;
const BOXES_MAX = 64;

/** The index's place; undefined when the format is not known, or its head says nothing of it. */
export function locateContainerIndex(head: Uint8Array, lengthBytes: number): IndexRange | undefined {
  const range = isMatroska(head) ? locateCues(head, lengthBytes) : locateMoov(head, lengthBytes);
  if (range === undefined || range.start >= lengthBytes) return undefined;
  return { start: range.start, end: Math.min(range.end, lengthBytes, range.start + INDEX_MAX_BYTES) };
}

/** ISO 14496-12: boxes of length (4), type (4), and for length 1 a long length (8). */
function locateMoov(head: Uint8Array, lengthBytes: number): IndexRange | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 12 || textAt(head, 4) !== "ftyp") return undefined;
  let at = 0;
  for (let boxes = 0; boxes < BOXES_MAX && at + 8 <= head.length; boxes++) {
    const end = at + boxLength(view, at, lengthBytes);
    const type = textAt(head, at + 4);
    if (type === "moov") return { start: at, end };
    if (end <= at + 7) return undefined;
    // What follows the film's data is the index, and little else.
    if (type === "mdat") return { start: end, end: lengthBytes };
    at = end;
  }
  return undefined;
}

function boxLength(view: DataView, at: number, lengthBytes: number): number {
  const length = view.getUint32(at);
  if (length === 0) return lengthBytes - at;
  if (length !== 1) return length;
  if (at + 16 > view.byteLength) return 0;
  return view.getUint32(at + 8) * 2 ** 32 + view.getUint32(at + 12);
}

// Matroska (RFC 9559): ids as they are written.
const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const SEEK_HEAD = 0x114d9b74;
const SEEK = 0x4dbb;
const SEEK_ID = 0x53ab;
const SEEK_POSITION = 0x53ac;
const CUES = 0x1c53bb6b;

function isMatroska(head: Uint8Array): boolean {
  return readElement(head, 0)?.id === EBML;
}

function locateCues(head: Uint8Array, lengthBytes: number): IndexRange | undefined {
  const ebml = readElement(head, 0);
  const segment = ebml === undefined ? undefined : readElement(head, ebml.end);
  if (segment?.id !== SEGMENT) return undefined;
  for (const element of elementsOf(head, segment.start, Math.min(segment.end, head.length))) {
    if (element.id !== SEEK_HEAD) continue;
    for (const seek of elementsOf(head, element.start, element.end)) {
      const position = seek.id === SEEK ? cuesPosition(head, seek) : undefined;
      const start = position === undefined ? lengthBytes : segment.start + position;
      if (start < lengthBytes) return { start, end: start + CUES_BYTES };
    }
  }
  return undefined;
}

function cuesPosition(head: Uint8Array, seek: Element): number | undefined {
  let isCues = false;
  let position: number | undefined;
  for (const part of elementsOf(head, seek.start, seek.end)) {
    if (part.id === SEEK_ID) isCues = numberAt(head, part) === CUES;
    if (part.id === SEEK_POSITION) position = numberAt(head, part);
  }
  return isCues ? position : undefined;
}

interface Element {
  readonly id: number;
  /** Of its data; `end` may be Infinity for one of unknown length. */
  readonly start: number;
  readonly end: number;
}

function elementsOf(head: Uint8Array, from: number, end: number): readonly Element[] {
  const elements: Element[] = [];
  for (let at = from; at < end && elements.length < BOXES_MAX;) {
    const element = readElement(head, at);
    if (element === undefined) break;
    elements.push(element);
    at = element.end;
  }
  return elements;
}

/** RFC 8794: an id and a length, each as long as its first byte's leading zeros say. */
function readElement(head: Uint8Array, at: number): Element | undefined {
  const idLength = Math.clz32(head[at] ?? 0) - 23;
  if (idLength > 4 || at + idLength >= head.length) return undefined;
  const sizeAt = at + idLength;
  const sizeLength = Math.clz32(head[sizeAt] ?? 0) - 23;
  if (sizeLength > 8 || sizeAt + sizeLength > head.length) return undefined;
  const id = bigEndian(head, at, idLength);
  const marker = 2 ** (7 * sizeLength);
  const size = bigEndian(head, sizeAt, sizeLength) - marker;
  const start = sizeAt + sizeLength;
  // All ones: the length is not known.
  return { id, start, end: size >= marker - 1 ? Infinity : start + size };
}

function numberAt(head: Uint8Array, { start, end }: Element): number | undefined {
  return end - start > 8 || end > head.length ? undefined : bigEndian(head, start, end - start);
}

function bigEndian(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = at; i < at + length; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
