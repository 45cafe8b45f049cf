/** What becomes of waiting peers when their torrent's metadata is known. */
import type { Metainfo } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { Dialling } from "../swarm/dialling.ts";
import { Extensions } from "../swarm/extensions.ts";
import { makePex } from "../swarm/pex.ts";
import type { Anteroom } from "./anteroom.ts";
import { serveMetadata } from "./extension.ts";
import type { WaitingPeer } from "./waiting-peer.ts";

/** Peers hear that we have the metadata; those that a private torrent must not have are sent away (BEP 27). */
export function sortOut(
  anteroom: Anteroom,
  { metainfo, dialling }: { readonly metainfo: Metainfo; readonly dialling: Dialling },
  now: Millis,
): void {
  const message = "the torrent is private, and its trackers did not name this peer";
  for (const peer of [...anteroom.peers]) {
    if (!dialling.admits(peer.known.source)) anteroom.drop(peer, { reason: "private", message }, now);
  }
  const pex = makePex({ isTelling: false, add: (peer, at) => dialling.learn(peer, at) });
  const places = [serveMetadata(metainfo.infoBytes), metainfo.isPrivate ? undefined : pex];
  anteroom.introduce(new Extensions<WaitingPeer>(places));
}
