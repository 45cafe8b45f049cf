/**
 * Partial seeds (BEP 21): who wants nothing more says `upload_only`, in its extension handshake and, when that changes, in
 * a message of the extension of that name (libtorrent's; one byte) or else in another handshake.
 */
import { PeerError } from "@torrential/protocol";
import type { PeerExtension } from "./extensions.ts";
import type { Peer } from "./peer.ts";

const NAME = "upload_only";

/** What peers say of themselves. */
export function uploadOnlyExtension(): PeerExtension {
  return {
    name: NAME,
    handleMessage(peer, payload) {
      const [value] = payload;
      if (value === undefined || payload.length !== 1)
        throw new PeerError("extended-invalid", `upload_only of ${payload.length} bytes, wanted 1`, { bep: 21 });
      setUploadOnly(peer, value !== 0);
    },
  };
}

/** A peer that wants nothing is not dialled when we want nothing either. */
export function setUploadOnly(peer: Peer, isUploadOnly: boolean): void {
  peer.uploadOnly = isUploadOnly;
  if (peer.isSeed) peer.known.isSeed = true;
}

/** What we say of ourselves. */
export class PartialSeeding {
  #isTold: boolean;

  constructor(isUploadOnly: boolean) {
    this.#isTold = isUploadOnly;
  }

  /** Tells those who are connected when it has changed; `introduce` says all of us again. */
  tell(peers: Iterable<Peer>, isUploadOnly: boolean, introduce: (peer: Peer) => void): void {
    if (isUploadOnly === this.#isTold) return;
    this.#isTold = isUploadOnly;
    for (const peer of peers) {
      if (peer.extensionIds.has(NAME)) peer.sendExtension(NAME, Uint8Array.of(Number(isUploadOnly)));
      else if (peer.extended) introduce(peer);
    }
  }
}
