/** Behaviours around metadata and peer exchange (BEP 9, 11): who gives it rightly, wrongly, or too much of it. */
import { BDict, decodeBencodePrefix, type Endpoint } from "@torrential/core";
import {
  encodeExtendedHandshake,
  encodeMetadataMessage,
  encodePexMessage,
  decodeExtendedHandshake,
  METADATA_EXTENSION,
  METADATA_PIECE_LENGTH,
  PEX_EXTENSION,
  type WireMessage,
} from "@torrential/protocol";
import type { PeerScript } from "./scripted-peer.ts";
import type { Wire } from "./wire.ts";

const OWN_METADATA_ID = 1;
const OWN_PEX_ID = 2;

/** Gives these bytes as metadata, whatever they are, and nothing else. */
export function metadataGiver(name: string, info: Uint8Array): PeerScript {
  return {
    name,
    extended: true,
    handleReady: (wire) => greet(wire, info.length),
    handleMessage(wire, message) {
      if (message.type !== "extended") return;
      if (message.id === 0) wire.metadataId = idOf(message.payload, METADATA_EXTENSION);
      const piece = message.id === OWN_METADATA_ID ? requestedPiece(message.payload) : undefined;
      if (piece === undefined || wire.metadataId === undefined) return;
      const begin = piece * METADATA_PIECE_LENGTH;
      const bytes = info.subarray(begin, begin + METADATA_PIECE_LENGTH);
      const payload = encodeMetadataMessage({ type: "data", piece, totalBytes: info.length, bytes });
      wire.send({ type: "extended", id: wire.metadataId, payload });
    },
  };
}

/** Says that it has so many bytes of metadata, and answers every request with zeros. */
export function metadataBomber(lengthBytes: number): PeerScript {
  return metadataGiver("metadata bomber", new Uint8Array(lengthBytes));
}

/** Pushes metadata that nobody asked for. */
export function metadataPusher(): PeerScript {
  const push = (wire: Wire, piece: number): void => {
    if (wire.isClosed || wire.metadataId === undefined || piece > 2_000) return;
    const bytes = new Uint8Array(METADATA_PIECE_LENGTH);
    const payload = encodeMetadataMessage({ type: "data", piece: piece % 1_000, totalBytes: 16_384_000, bytes });
    wire.send({ type: "extended", id: wire.metadataId, payload });
  };
  return {
    name: "metadata pusher",
    extended: true,
    handleReady: (wire) => greet(wire, undefined),
    handleMessage(wire, message) {
      if (message.type !== "extended" || message.id !== 0) return;
      wire.metadataId = idOf(message.payload, METADATA_EXTENSION);
      for (let piece = 0; piece < 50; piece++) push(wire, piece);
    },
  };
}

/** Names made-up peers, `entries` in each message, `perSecond` messages a second. */
export function pexFlooder(entries: number, perSecond: number): PeerScript {
  const flood = (wire: Wire, context: Parameters<NonNullable<PeerScript["handleReady"]>>[1]): void => {
    if (wire.isClosed || wire.pexId === undefined) return;
    const { random, clock } = context;
    const added = Array.from({ length: entries }, () => ({ endpoint: madeUp(random.nextBytes(4)), flags: NO_FLAGS }));
    wire.send({ type: "extended", id: wire.pexId, payload: encodePexMessage({ added, dropped: [] }) });
    clock.after(1_000 / perSecond, () => flood(wire, context));
  };
  return {
    name: "PEX flooder",
    extended: true,
    handleReady: (wire) => greet(wire, undefined),
    handleMessage(wire, message: WireMessage, context) {
      if (message.type !== "extended" || message.id !== 0 || wire.pexId !== undefined) return;
      wire.pexId = idOf(message.payload, PEX_EXTENSION);
      flood(wire, context);
    },
  };
}

const NO_FLAGS = { encryption: false, seed: false, utp: false, holepunch: false, outgoing: false };

function madeUp(bytes: Uint8Array): Endpoint {
  // 46.0.0.0/8: nobody in the world lives there.
  return { address: `46.${bytes[1]}.${bytes[2]}.${bytes[3]}`, port: 1_025 + (bytes[0] ?? 0), family: 4 };
}

function greet(wire: Wire, metadataLengthBytes: number | undefined): void {
  const extensions = new Map([
    [METADATA_EXTENSION, OWN_METADATA_ID],
    [PEX_EXTENSION, OWN_PEX_ID],
  ]);
  if (wire.isFast) wire.send({ type: "have-none" });
  wire.send({ type: "extended", id: 0, payload: encodeExtendedHandshake({ extensions, metadataLengthBytes }) });
}

function idOf(payload: Uint8Array, name: string): number | undefined {
  return decodeExtendedHandshake(payload).extensions.get(name);
}

function requestedPiece(payload: Uint8Array): number | undefined {
  const { value } = decodeBencodePrefix(payload);
  if (!(value instanceof BDict) || value.get("msg_type") !== 0) return undefined;
  return value.getInt("piece");
}
