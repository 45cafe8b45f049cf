/** Behaviours for scripted peers: honest ones, and each kind of bad one that a swarm knows. */
import { Bitfield, BLOCK_LENGTH } from "@torrential/core";
import type { BlockRequest, PeerScript, ScriptContext } from "./scripted-peer.ts";
import type { Wire } from "./wire.ts";
import { hasSameBytes } from "./same-bytes.ts";

/** Has everything, unchokes whoever is interested, serves what is asked. */
export function honestSeed(): PeerScript {
  return { name: "honest seed", handleReady: claimAll, handleMessage: unchokeInterested, handleRequest: serve };
}

/** Honest, with some pieces only. */
export function partialSeed(pieces: readonly number[]): PeerScript {
  return {
    name: "partial seed",
    handleReady: (wire, { content }) => claim(wire, pieces, content.geometry.pieceCount),
    handleMessage: unchokeInterested,
    handleRequest: serve,
  };
}

export type Poison =
  /** One flipped bit in one block of 16. */
  | "one-bit"
  /** Random bytes in every block. */
  | "garbage"
  /** The first block of each piece is right, so that a look at the first block clears it. */
  | "garbage-after-first";

/** Looks like an honest seed, and isn't. */
export function poisoner(poison: Poison): PeerScript {
  return {
    name: `poisoner (${poison})`,
    handleReady: claimAll,
    handleMessage: unchokeInterested,
    handleRequest: (wire, request, context) =>
      wire.sendBlock(request.piece, request.begin, spoil(poison, request, context)),
  };
}

/** Unchokes and never sends a block. */
export function mute(): PeerScript {
  return { name: "mute", handleReady: claimAll, handleMessage: unchokeInterested };
}

/** Serves honestly until it has sent `share` of the torrent to one peer, then it is gone for good. */
export function vanishing(share: number): PeerScript {
  return {
    name: `vanishes at ${Math.round(100 * share)} %`,
    handleReady: claimAll,
    handleMessage: unchokeInterested,
    handleRequest(wire, request, context) {
      if (context.peer.sentBlockBytes >= share * context.content.lengthBytes) context.peer.vanish();
      else serve(wire, request, context);
    },
  };
}

/** Chokes after every few blocks, throwing away what was asked, and unchokes a second later. */
export function chokeFlapper(blocksBetween: number): PeerScript {
  return {
    name: "choke flapper",
    fast: false,
    handleReady: claimAll,
    handleMessage: unchokeInterested,
    handleRequest(wire, request, context) {
      if (wire.amChoking) return;
      serve(wire, request, context);
      wire.count += 1;
      if (wire.count % blocksBetween !== 0) return;
      wire.send({ type: "choke" });
      context.clock.after(1000, () => wire.send({ type: "unchoke" }));
    },
  };
}

/** Says HAVE for everything, over and over, and sends nothing. */
export function haveSpammer(perSecond: number): PeerScript {
  const spam = (wire: Wire, context: ScriptContext): void => {
    if (wire.isClosed) return;
    for (let i = 0; i < perSecond / 10; i++)
      wire.send({ type: "have", piece: context.random.nextInt(context.content.geometry.pieceCount) });
    context.clock.after(100, () => spam(wire, context));
  };
  return {
    name: "HAVE spammer",
    handleReady(wire, context) {
      if (wire.isFast) wire.send({ type: "have-none" });
      spam(wire, context);
    },
  };
}

/** Claims everything, unchokes, and rejects every request (BEP 6) as if it had nothing. */
export function liar(): PeerScript {
  return {
    name: "liar",
    handleReady: claimAll,
    handleMessage: unchokeInterested,
    handleRequest: (wire, request) => wire.send({ ...request, type: "reject" }),
  };
}

/** Answers with the block beside the one that was asked for. */
export function wrongOffset(): PeerScript {
  return {
    name: "wrong offset",
    handleReady: claimAll,
    handleMessage: unchokeInterested,
    handleRequest(wire, request, { content }) {
      const begin = request.begin ^ BLOCK_LENGTH;
      if (request.begin + BLOCK_LENGTH > content.geometry.pieceLengthOf(request.piece)) return;
      wire.sendBlock(request.piece, begin, content.block(request.piece, request.begin / BLOCK_LENGTH));
    },
  };
}

/** Answers, and sends two blocks that nobody asked for with each answer. */
export function surplusSender(): PeerScript {
  return {
    name: "surplus sender",
    handleReady: claimAll,
    handleMessage: unchokeInterested,
    handleRequest(wire, request, context) {
      const { content, random } = context;
      serve(wire, request, context);
      for (let count = 0; count < 2; count++) {
        const piece = random.nextInt(content.geometry.pieceCount);
        wire.sendBlock(piece, 0, content.block(piece, 0));
      }
    },
  };
}

/** Serves honestly, but each block only after `delayMs`. */
export function straggler(delayMs: number): PeerScript {
  return {
    name: "straggler",
    handleReady: claimAll,
    handleMessage: unchokeInterested,
    handleRequest: (wire, request, context) => void context.clock.after(delayMs, () => serve(wire, request, context)),
  };
}

/** Takes all it can get and gives nothing; counts blocks that are not the torrent's. */
export interface LeechReport {
  goodBytes: number;
  badBlocks: number;
  isDone: boolean;
}

const LEECH_WINDOW = 64;

/** A leech that keeps `LEECH_WINDOW` requests in flight on each of its wires, pieces in order from a random one on. */
export function leech(report: LeechReport): PeerScript {
  const asked = new Set<number>();
  const inFlight = new Map<Wire, Set<number>>();
  const askMore = (wire: Wire, { content }: ScriptContext): void => {
    const own = inFlight.get(wire) ?? new Set();
    inFlight.set(wire, own);
    if (wire.isChoked) return;
    const { geometry } = content;
    for (
      let piece = wire.remoteHas.nextSet(0);
      piece >= 0 && own.size < LEECH_WINDOW;
      piece = wire.remoteHas.nextSet(piece + 1)
    ) {
      for (let block = 0; block < geometry.blocksIn(piece) && own.size < LEECH_WINDOW; block++) {
        const number = piece * geometry.blocksPerPiece + block;
        if (asked.has(number)) continue;
        asked.add(number);
        own.add(number);
        wire.send({ type: "request", piece, begin: block * BLOCK_LENGTH, length: geometry.blockLength(piece, block) });
      }
    }
  };
  const giveUp = (wire: Wire): void => {
    for (const number of inFlight.get(wire) ?? []) asked.delete(number);
    inFlight.delete(wire);
  };
  return {
    name: "leech",
    handleReady: (wire) => wire.send({ type: "interested" }),
    handleMessage(wire, message, context) {
      if (message.type === "choke") giveUp(wire);
      askMore(wire, context);
    },
    handleBlock(wire, { piece, begin, bytes }, context) {
      const { geometry } = context.content;
      inFlight.get(wire)?.delete(piece * geometry.blocksPerPiece + begin / BLOCK_LENGTH);
      if (hasSameBytes(bytes, context.content.block(piece, begin / BLOCK_LENGTH))) report.goodBytes += bytes.length;
      else report.badBlocks += 1;
      report.isDone = report.goodBytes >= geometry.lengthBytes;
      askMore(wire, context);
    },
    handleClosed: giveUp,
  };
}

function claimAll(wire: Wire, { content }: ScriptContext): void {
  if (wire.isFast) wire.send({ type: "have-all" });
  else claim(wire, undefined, content.geometry.pieceCount);
}

function claim(wire: Wire, pieces: readonly number[] | undefined, pieceCount: number): void {
  const bitfield = new Bitfield(pieceCount);
  if (pieces === undefined) bitfield.setAll();
  for (const piece of pieces ?? []) bitfield.set(piece);
  wire.send({ type: "bitfield", bytes: bitfield.toBytes() });
}

function unchokeInterested(wire: Wire, message: { readonly type: string }): void {
  if (message.type === "interested" && wire.amChoking) wire.send({ type: "unchoke" });
}

function serve(wire: Wire, request: BlockRequest, { content }: ScriptContext): void {
  if (wire.isClosed) return;
  const offset = content.geometry.pieceOffset(request.piece) + request.begin;
  const isBlock = request.begin % BLOCK_LENGTH === 0 && request.length <= BLOCK_LENGTH;
  const bytes = isBlock
    ? content.block(request.piece, request.begin / BLOCK_LENGTH).subarray(0, request.length)
    : content.view(offset, request.length);
  wire.sendBlock(request.piece, request.begin, bytes);
}

function spoil(poison: Poison, request: BlockRequest, { content, random }: ScriptContext): Uint8Array {
  const good = content.block(request.piece, request.begin / BLOCK_LENGTH).slice();
  if (poison === "garbage-after-first" && request.begin === 0) return good;
  if (poison === "one-bit") {
    if (random.hasChance(1 / 16)) good[random.nextInt(good.length)]! ^= 1 << random.nextInt(8);
    return good;
  }
  return random.nextBytes(good.length);
}
