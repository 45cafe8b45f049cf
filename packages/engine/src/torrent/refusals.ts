/** Counts why no more was asked of peers: the raw material of "why isn't this faster?". */

/** Reasons, by who must act. */
export type RefusalReason =
  | "satisfied"
  /** The peer has nothing that we want and lack. */
  | "not-wanted"
  /** All that it has is asked of others. */
  | "all-requested"
  /** No memory for another piece: the disk is behind, or too many pieces are open. */
  | "no-room"
  /** The peer chokes us. */
  | "choked"
  /** A rate limit. */
  | "no-ticket"
  /** The peer keeps us waiting. */
  | "snubbed";

export class Refusals {
  readonly #counts = new Map<RefusalReason, number>();
  #noRoomSeen = 0;

  count(reason: RefusalReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  /** Whether memory was refused since the last call. */
  takeStalled(): boolean {
    const noRoom = this.#counts.get("no-room") ?? 0;
    const isStalled = noRoom > this.#noRoomSeen;
    this.#noRoomSeen = noRoom;
    return isStalled;
  }

  /** Counts since the start, by reason. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
