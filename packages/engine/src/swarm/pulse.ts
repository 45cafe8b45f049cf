/** What a second brings for one peer: its rate and request window, and what follows when it is silent. */
import type { PiecePicker } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";
import type { Downloads } from "../torrent/downloads.ts";
import type { Refusals } from "../torrent/refusals.ts";
import type { Peer } from "./peer.ts";
import { judgeSilence, type SilenceVerdict } from "./timeouts.ts";

export interface PulseDeps {
  readonly picker: PiecePicker;
  readonly downloads: Downloads;
  readonly refusals: Refusals;
}

/** Why the peer must go, if it must. */
export function handlePeerSecond(
  peer: Peer,
  { picker, downloads, refusals }: PulseDeps,
  now: Millis,
): Extract<SilenceVerdict, { type: "drop" }> | undefined {
  updateRate(peer, now);
  const verdict = judgeSilence(peer, { isComplete: picker.wantedRemaining === 0 }, now);
  switch (verdict.type) {
    case "fine":
      return undefined;
    case "keep-alive":
      peer.writer.keepAlive();
      return undefined;
    case "snub":
      refusals.count("snubbed");
      downloads.release(peer, now);
      peer.picker.snubbed = true;
      peer.window.handleSnubbed();
      return undefined;
    case "drop":
      return verdict;
    default:
      return verdict satisfies never;
  }
}

function updateRate(peer: Peer, now: Millis): void {
  const rate = peer.down.shortRate(now);
  // Nothing comes of a peer that nothing is asked of: that says nothing about it.
  if (rate > 0 || peer.waitingSince !== undefined) peer.picker.rateBytesPerSec = rate;
  if (rate > 0) peer.picker.firstPieceBytes = 0;
  if (!peer.picker.snubbed) peer.window.handleSecond(rate, peer.roundTripMs);
}
