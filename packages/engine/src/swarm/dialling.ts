/** Whether and when a torrent dials more of the peers that it knows. */
import type { Endpoint } from "@torrential/core";
import type { Millis } from "../ports/machine.ts";
import type { DialView, PeerList, PeerSource } from "./peer-list.ts";

export class Dialling {
  readonly #peerList: PeerList;
  #delayedUntil: Millis = 0;
  /** Peers may be dialled; whoever dials clears it. */
  isDue = false;

  constructor(peerList: PeerList) {
    this.#peerList = peerList;
  }

  /** Lists peers that somebody named. */
  add(peers: readonly Endpoint[], source: PeerSource, now: Millis): void {
    for (const endpoint of peers) if (this.#peerList.add(endpoint, source, now)) this.isDue = true;
  }

  /** Nobody is dialled before this: the session's budget for dials is used up. */
  delay(until: Millis): void {
    this.#delayedUntil = until;
  }

  /** When somebody will be worth dialling, undefined when there is no room or nobody. */
  nextAt(room: number, view: DialView): Millis | undefined {
    const at = room > 0 ? this.#peerList.nextRetryAt(view) : undefined;
    return at === undefined ? undefined : Math.max(at, this.#delayedUntil);
  }
}
