/** Whether and when a torrent dials more of the peers that it knows. */
import type { Endpoint } from "@torrential/core";
import type { PexPeer } from "@torrential/protocol";
import type { Millis } from "../ports/machine.ts";
import type { DialView, PeerList, PeerSource } from "./peer-list.ts";

/** BEP 27: a private torrent has the peers that its trackers name, that its user names, and that find it by these. */
const NOT_FOR_PRIVATE: ReadonlySet<PeerSource> = new Set(["pex", "dht", "lsd"]);
/** All but those whom the user named. */
const OF_A_TRACKER: ReadonlySet<PeerSource> = new Set(["tracker", "incoming", "resume", "magnet"]);

export class Dialling {
  readonly #peerList: PeerList;
  readonly #isPrivate: boolean;
  #delayedUntil: Millis = 0;
  /** Of a private torrent: the host of the tracker that served it last. */
  #tracker: string | undefined;
  /** Peers may be dialled; whoever dials clears it. */
  isDue = false;

  constructor(peerList: PeerList, { isPrivate }: { readonly isPrivate: boolean }) {
    this.#peerList = peerList;
    this.#isPrivate = isPrivate;
    if (isPrivate) peerList.purge(NOT_FOR_PRIVATE);
  }

  /** Whether a torrent like this may have peers of that source. */
  admits(source: PeerSource): boolean {
    return !this.#isPrivate || !NOT_FOR_PRIVATE.has(source);
  }

  /** Lists peers that somebody named. */
  add(peers: readonly Endpoint[], source: PeerSource, now: Millis): void {
    if (!this.admits(source)) return;
    for (const endpoint of peers) if (this.#peerList.add(endpoint, source, now)) this.isDue = true;
  }

  /** Lists a peer that another one named. */
  learn({ endpoint, flags }: PexPeer, now: Millis): void {
    this.add([endpoint], "pex", now);
    const known = this.#peerList.get(endpoint);
    if (known?.source === "pex" && flags.seed) known.isSeed = true;
  }

  /**
   * Whether the peers must go because another tracker serves from now on. BEP 27: who changes between trackers "must
   * disconnect from all current peers and connect only to those provided by the new tracker". Several URLs of one host
   * are one tracker, by TCP and UDP for instance.
   */
  isOtherTracker(url: string): boolean {
    if (!this.#isPrivate) return false;
    const host = URL.canParse(url) ? new URL(url).hostname : url;
    const before = this.#tracker;
    this.#tracker = host;
    return before !== undefined && before !== host;
  }

  /** Forgets who was of the tracker before; call when nobody is connected. */
  beginAnew(): void {
    this.#peerList.purge(OF_A_TRACKER);
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
