/** The first messages to a new peer: what we have, and what we can do (BEP 3, 6, 10). */
import { type Bitfield, infoHashBytes } from "@torrential/core";
import { allowedFastSet, encodeExtendedHandshake } from "@torrential/protocol";
import type { TorrentContext } from "../torrent/context.ts";
import { REQUESTS_ANNOUNCED } from "../torrent/uploads.ts";
import type { Extensions } from "./extensions.ts";
import type { Peer } from "./peer.ts";
import type { Revealing } from "./revealing.ts";

/** Shown to peers in the extension handshake. */
const CLIENT_NAME = "Torrential 0.1.0";

export interface GreetingView {
  readonly context: TorrentContext;
  readonly have: Bitfield;
  readonly listenPort: number;
  readonly extensions: Extensions;
  /** While super-seeding it decides what the peer may know. */
  readonly revealing: Revealing;
  /** BEP 21: nothing more is wanted. */
  readonly isUploadOnly: boolean;
}

export function greet(peer: Peer, view: GreetingView): void {
  const { have, revealing } = view;
  if (revealing.isOn) revealing.add(peer);
  else if (peer.fast && have.isFull) peer.writer.haveAll();
  else if (peer.fast && have.isEmpty) peer.writer.haveNone();
  else if (!have.isEmpty) peer.writer.bitfield(have.toBytes());
  if (peer.extended) sendExtendedHandshake(peer, view);
  if (peer.fast && !have.isEmpty && !revealing.isOn) offerAllowedFast(peer, view);
}

/** What the extension handshake says of us. */
export interface Introduction {
  readonly extensions: Pick<Extensions, "localIds" | "handshakeFields">;
  /** 0 for none. */
  readonly listenPort: number;
  /** BEP 21. */
  readonly isUploadOnly: boolean;
}

/** BEP 10: may be sent again, with what has changed. */
export function sendExtendedHandshake(peer: Pick<Peer, "endpoint" | "writer">, view: Introduction): void {
  const handshake = {
    extensions: view.extensions.localIds,
    client: CLIENT_NAME,
    requestQueue: REQUESTS_ANNOUNCED,
    port: view.listenPort || undefined,
    yourIp: peer.endpoint.address,
    uploadOnly: view.isUploadOnly,
    ...view.extensions.handshakeFields(),
  };
  peer.writer.extended(0, encodeExtendedHandshake(handshake));
}

/** BEP 6: a new peer may have a few pieces while it is choked, so that it has something to trade. */
function offerAllowedFast(peer: Peer, { context, have }: GreetingView): void {
  const pieces = allowedFastSet({
    address: peer.endpoint.address,
    infoHash: infoHashBytes(context.infoHash),
    pieceCount: context.geometry.pieceCount,
  });
  const offered = pieces.filter((piece) => have.has(piece));
  peer.allowedFast = new Set(offered);
  for (const piece of offered) peer.writer.allowedFast(piece);
}
