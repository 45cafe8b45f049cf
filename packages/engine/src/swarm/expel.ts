import type { Endpoint } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { PeerList } from "./peer-list.ts";

/** Where peers of a torrent are connected. */
export interface Room<P> {
  readonly peers: Iterable<P>;
  drop(peer: P, why: { readonly reason: "banned"; readonly message: string }, now: Millis): void;
}

/** The list of the banned has changed: whoever is on it goes, whoever is not may be dialled again. */
export function expelBanned<P extends { readonly endpoint: Endpoint }>(
  room: Room<P> | undefined,
  peerList: PeerList,
  now: Millis,
): void {
  peerList.handleBansChanged();
  for (const peer of [...(room?.peers ?? [])])
    if (peerList.isBanned(peer.endpoint, now)) room?.drop(peer, { reason: "banned", message: "it is banned" }, now);
}
