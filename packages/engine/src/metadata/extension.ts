/** Metadata exchange (BEP 9) as an extension of the peer protocol: one that asks, and one that serves. */
import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  METADATA_EXTENSION,
  METADATA_PIECE_LENGTH,
  type MetadataMessage,
  metadataPieceCount,
  PeerError,
} from "@torrential/protocol";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { ExtensionPeer, PeerExtension } from "../swarm/extensions.ts";

/** C11: "per-peer send queue ≤ 1 MiB": what would come on top is rejected, and may be asked for again. */
const SEND_QUEUE_MAX = 1024 * 1024;
/** Nobody needs it more often; once more for what got lost between two of a peer's own attempts. */
const COPIES_MAX = 2;
/** Requests beyond what is served are answered by rejects, but not for ever (PROMISES, limits: 2,000 requests). */
const REJECTS_MAX = 2_000;

/** Answers for who has the metadata. */
export function serveMetadata(infoBytes: Uint8Array): PeerExtension<ExtensionPeer> {
  const pieceCount = metadataPieceCount(infoBytes.length);
  const served = new Map<ConnectionId, { pieces: number; rejects: number }>();
  const answer = (peer: ExtensionPeer, piece: number): void => {
    const count = served.get(peer.connection) ?? { pieces: 0, rejects: 0 };
    served.set(peer.connection, count);
    const isRefused = piece >= pieceCount || count.pieces >= COPIES_MAX * pieceCount;
    if (isRefused || peer.send.unsentBytes > SEND_QUEUE_MAX) {
      count.rejects += 1;
      if (count.rejects > REJECTS_MAX) {
        throw new PeerError("flood", `${count.rejects} requests for metadata that were rejected`, { bep: 9 });
      }
      return send(peer, { type: "reject", piece });
    }
    count.pieces += 1;
    const begin = piece * METADATA_PIECE_LENGTH;
    const bytes = infoBytes.subarray(begin, begin + METADATA_PIECE_LENGTH);
    send(peer, { type: "data", piece, totalBytes: infoBytes.length, bytes });
  };
  return {
    name: METADATA_EXTENSION,
    handshakeFields: () => ({ metadataLengthBytes: infoBytes.length }),
    handleMessage: (peer, payload) => {
      const message = decodeMetadataMessage(payload);
      // Data may be on its way that was asked for before we had it all.
      if (message?.type === "request") answer(peer, message.piece);
    },
    handleGone: (peer) => void served.delete(peer.connection),
  };
}

/** What the asking side hears of its peers. */
export interface MetadataListener<P extends ExtensionPeer> {
  /** Throws PeerError. */
  handleLength(peer: P, lengthBytes: number, now: Millis): void;
  /** Throws PeerError. */
  handleAnswer(peer: P, message: Exclude<MetadataMessage, { type: "request" }>, now: Millis): void;
  handleGone(peer: P, now: Millis): void;
  handleSecond(now: Millis): void;
}

/** For who has no metadata yet: requests are rejected, answers passed on. */
export function askForMetadata<P extends ExtensionPeer>(listener: MetadataListener<P>): PeerExtension<P> {
  const rejected = new Map<ConnectionId, number>();
  const reject = (peer: P, piece: number): void => {
    const count = (rejected.get(peer.connection) ?? 0) + 1;
    rejected.set(peer.connection, count);
    if (count > REJECTS_MAX) {
      throw new PeerError("flood", `${count} requests for metadata that we do not have`, { bep: 9 });
    }
    send(peer, { type: "reject", piece });
  };
  return {
    name: METADATA_EXTENSION,
    handleMessage: (peer, payload, now) => {
      const message = decodeMetadataMessage(payload);
      if (message === undefined) return;
      if (message.type === "request") reject(peer, message.piece);
      else listener.handleAnswer(peer, message, now);
    },
    handleKnown: (peer, handshake, now) => {
      const { metadataLengthBytes } = handshake;
      if (metadataLengthBytes !== undefined) listener.handleLength(peer, metadataLengthBytes, now);
    },
    handleGone: (peer, now) => {
      rejected.delete(peer.connection);
      listener.handleGone(peer, now);
    },
    handleSecond: (_, now) => listener.handleSecond(now),
  };
}

export function requestMetadata(peer: ExtensionPeer, piece: number): void {
  send(peer, { type: "request", piece });
}

function send(peer: ExtensionPeer, message: MetadataMessage): void {
  peer.sendExtension(METADATA_EXTENSION, encodeMetadataMessage(message));
}
