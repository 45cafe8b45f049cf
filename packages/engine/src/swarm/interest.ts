/** Says what we want of a peer, when that changes. */
import type { PiecePicker } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";
import type { Peer } from "./peer.ts";

/** Sends interested or not-interested when the answer has changed. True when it has. */
export function updateInterest(peer: Peer, picker: PiecePicker, now: Millis): boolean {
  const isInteresting = picker.isInteresting(peer.picker);
  if (isInteresting === peer.amInterested) return false;
  peer.amInterested = isInteresting;
  if (isInteresting) {
    peer.writer.interested();
    peer.lastBlockAt = now;
  } else {
    peer.writer.notInterested();
  }
  peer.idleSince = now;
  return true;
}
