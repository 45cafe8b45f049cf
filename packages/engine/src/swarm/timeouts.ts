/** How long a peer may be silent, by what it owes us. */
import type { Millis } from "../ports/machine.ts";
import type { DisconnectReason } from "../session/events.ts";
import type { Peer } from "./peer.ts";

/** PROMISES, limits: "peer 120 s"; BEP 3: "keepalives are generally sent once every two minutes". */
const SILENCE_MAX_MS = 120_000;
const KEEP_ALIVE_MS = 90_000;
/** F21: "block re-requested elsewhere within 20 s". */
const BLOCK_WAIT_MS = 20_000;
/** F21: "mute peers dropped within 120 s when slots are wanted". */
const MUTE_MAX_MS = 100_000;
/** PROMISES, limits: "inactivity 600 s". */
const IDLE_MAX_MS = 600_000;

export type SilenceVerdict =
  | { readonly type: "fine" }
  | { readonly type: "keep-alive" }
  /** What was asked of it is to be asked of others. */
  | { readonly type: "snub" }
  | { readonly type: "drop"; readonly reason: DisconnectReason; readonly message: string };

export function judgeSilence(peer: Peer, torrent: { readonly isComplete: boolean }, now: Millis): SilenceVerdict {
  const silentMs = now - peer.lastReceivedAt;
  if (silentMs >= SILENCE_MAX_MS)
    return { type: "drop", reason: "silent", message: `nothing received for ${SILENCE_MAX_MS / 1_000} s` };
  if (torrent.isComplete && peer.isSeed)
    return { type: "drop", reason: "no-use", message: "both sides have what they want" };
  if (!peer.amInterested && !peer.peerInterested && now - peer.idleSince >= IDLE_MAX_MS) {
    return { type: "drop", reason: "idle", message: `neither side wanted anything for ${IDLE_MAX_MS / 1_000} s` };
  }
  const waitedMs = peer.waitingSince === undefined ? 0 : now - peer.waitingSince;
  if (peer.picker.snubbed && peer.amInterested && !peer.picker.choked && now - peer.lastBlockAt >= MUTE_MAX_MS) {
    return { type: "drop", reason: "mute", message: `no block for ${MUTE_MAX_MS / 1_000} s although it unchoked us` };
  }
  // Also when it is snubbed already: its one test request is given up in its turn, so that no block waits for it.
  if (waitedMs >= BLOCK_WAIT_MS) return { type: "snub" };
  return now - peer.lastSentAt >= KEEP_ALIVE_MS ? { type: "keep-alive" } : { type: "fine" };
}
