/**
 * Who does not read what we send is not read from (PROMISES C11: "send queue at most 1 MiB, then stop reading its
 * requests"): its requests wait in its own system instead of in our memory.
 */
import type { Outlet } from "../outbox.ts";
import type { ConnectionId, NetworkCommand } from "../ports/network.ts";
import type { SendQueue } from "./send-queue.ts";

/** Above what uploads alone ever queue (1 MiB), so that a peer that is served at full rate is never paused. */
const PAUSE_BYTES = 1536 * 1024;
const RESUME_BYTES = 1024 * 1024;

/** What of a peer is looked at and set. */
export interface Pausable {
  readonly connection: ConnectionId;
  readonly send: SendQueue;
  isPaused: boolean;
}

/** Pauses or resumes reading by what is queued for the peer. Call after the queue grew or shrank. */
export function balance(peer: Pausable, out: Outlet<NetworkCommand>): void {
  const { unsentBytes } = peer.send;
  if (!peer.isPaused && unsentBytes > PAUSE_BYTES) {
    peer.isPaused = true;
    out.push({ type: "pause-reading", connection: peer.connection });
  } else if (peer.isPaused && unsentBytes <= RESUME_BYTES) {
    peer.isPaused = false;
    out.push({ type: "resume-reading", connection: peer.connection });
  }
}
