/**
 * Suggestions to others (BEP 6): pieces that our read cache holds whole, so that peers who would as soon have them as
 * others save us a read. As libtorrent's `suggest_read_cache`, but bounded in time too, only for those who may ask, and only
 * while somebody waits for our disk: peers that follow a seed's cache soon have the same pieces and nothing to trade. In
 * simulation (`one-seed-thirty-leechers`) suggesting all the time cost 8 % of the swarm's speed.
 */
import type { TorrentContext } from "../torrent/context.ts";
import type { Peer } from "./peer.ts";

/** libtorrent's max_suggest_pieces. */
const PIECES_MAX = 16;
/** A message of 9 bytes each: a few are enough for what is asked for in a second. */
const PER_SECOND_MAX = 4;

export interface SuggestingDeps {
  /** Whether the whole piece is in memory, read from disk. */
  readonly isCached: (piece: number) => boolean;
}

export class Suggesting {
  readonly #deps: SuggestingDeps;
  /** Read lately, the newest last. */
  readonly #pieces = new Set<number>();
  readonly #told = new WeakMap<Peer, Set<number>>();

  constructor(deps: SuggestingDeps) {
    this.#deps = deps;
  }

  /** Part of a piece was read, for these peers: they ask for it anyway. */
  handleRead(piece: number, readers: Iterable<Peer>): void {
    add(this.#pieces, piece);
    for (const peer of readers) add(this.#toldTo(peer), piece);
  }

  /** Once a second. */
  handleSecond(peers: Iterable<Peer>): void {
    if (this.#pieces.size === 0) return;
    const all = [...peers];
    if (!all.some(waitsForDisk)) return;
    const cached = [...this.#pieces].filter((piece) => this.#deps.isCached(piece)).toReversed();
    if (cached.length === 0) return;
    for (const peer of all) {
      if (peer.fast && !peer.amChoking && peer.peerInterested && !peer.isSeed) this.#suggest(peer, cached);
    }
  }

  #suggest(peer: Peer, cached: readonly number[]): void {
    const told = this.#toldTo(peer);
    const news = cached.filter((piece) => !told.has(piece) && !peer.picker.pieces.has(piece));
    for (const piece of news.slice(0, PER_SECOND_MAX)) {
      add(told, piece);
      peer.writer.suggest(piece);
    }
  }

  #toldTo(peer: Peer): Set<number> {
    let told = this.#told.get(peer);
    if (told === undefined) this.#told.set(peer, (told = new Set()));
    return told;
  }
}

function waitsForDisk(peer: Peer): boolean {
  return peer.isUploadBlocked && peer.why.upBlockedBy === undefined;
}

/** Whether the whole piece is in the read cache. */
export function isCached({ cache, store, geometry }: TorrentContext, piece: number): boolean {
  const range = { store, piece, fullPieceLengthBytes: geometry.pieceLength, begin: 0 };
  return cache.holdsPiece({ ...range, pieceLengthBytes: geometry.pieceLengthOf(piece) });
}

/** The newest last; the oldest beyond the bound is forgotten, and may be said again. */
function add(pieces: Set<number>, piece: number): void {
  pieces.delete(piece);
  pieces.add(piece);
  for (const oldest of pieces) {
    if (pieces.size <= PIECES_MAX) return;
    pieces.delete(oldest);
  }
}
