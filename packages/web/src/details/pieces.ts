/** Pieces as columns of a picture: many pieces share a column when there are more than there is room for. */
import type { Pieces } from "@torrential/api";

export interface PieceColumn {
  /** Shares of the column's pieces, 0 to 1. */
  readonly have: number;
  readonly inFlight: number;
  /** Connected peers that have its rarest missing piece. */
  readonly availability: number;
}

export function toColumns(pieces: Pieces, columnsMax: number): readonly PieceColumn[] {
  const have = fromBase64(pieces.have);
  const availability = fromBase64(pieces.availability);
  const inFlight = new Set(pieces.inFlight);
  const count = Math.min(pieces.count, Math.max(1, columnsMax));
  return Array.from({ length: count }, (_, column) => {
    const first = Math.floor((column * pieces.count) / count);
    const last = Math.max(first + 1, Math.floor(((column + 1) * pieces.count) / count));
    return summarize({ first, last, have, availability, inFlight });
  });
}

interface Span {
  readonly first: number;
  /** Exclusive. */
  readonly last: number;
  readonly have: Uint8Array;
  readonly availability: Uint8Array;
  readonly inFlight: ReadonlySet<number>;
}

function summarize({ first, last, have, availability, inFlight }: Span): PieceColumn {
  let here = 0;
  let coming = 0;
  let rarest = 255;
  for (let piece = first; piece < last; piece++) {
    const isHere = ((have[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0;
    if (isHere) here += 1;
    else rarest = Math.min(rarest, availability[piece] ?? 0);
    if (inFlight.has(piece)) coming += 1;
  }
  const size = last - first;
  return { have: here / size, inFlight: coming / size, availability: here === size ? 255 : rarest };
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.codePointAt(0) ?? 0);
}
