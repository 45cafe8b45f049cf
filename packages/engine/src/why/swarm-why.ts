/** What keeps a whole torrent from being faster: judged once a second by what holds its peers, and by its state. */
import type { PiecePicker } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";
import type { Peer } from "../swarm/peer.ts";
import type { Lifecycle } from "../torrent/lifecycle.ts";
import { type PeerWhy as PeerReport, reportWhy, type TorrentWhy } from "./report.ts";
import type { WhyReason } from "./reasons.ts";
import { TimeShares } from "./time-shares.ts";

/**
 * What holds one peer holds the torrent, in this order: a limit or a full memory of ours first, since without it more
 * would be asked of somebody; then whoever delivers; then why nobody does.
 */
const DOWN_ORDER: readonly WhyReason[] = [
  "ticket",
  "no-room",
  "window",
  "peer-rate",
  "snubbed",
  "choked",
  "all-requested",
  "not-had",
];
const UP_ORDER: readonly WhyReason[] = ["ticket", "disk-read", "peer-rate", "slots", "not-asked", "not-interested"];

export interface SwarmView {
  readonly peerCount: number;
  readonly picker: PiecesView;
}

/** What is here, and what is missing. */
export type PiecesView = Pick<PiecePicker, "have" | "wantedRemaining">;

/** A torrent's books, over all its runs in this process. */
export class SwarmWhy {
  readonly #down: TimeShares;
  readonly #up: TimeShares;

  constructor(now: Millis) {
    this.#down = new TimeShares("stopped", now);
    this.#up = new TimeShares("stopped", now);
  }

  /** The torrent is not running, which its state explains; or nobody is connected, so that no second passes. */
  handleState(state: Lifecycle, swarm: SwarmView | undefined, now: Millis): void {
    const reason = reasonOfState(state);
    if (reason === undefined && swarm?.peerCount === 0) this.handleSecond([], swarm.picker, now);
    if (reason === undefined) return;
    this.#down.set(reason, undefined, now);
    this.#up.set(reason, undefined, now);
  }

  /** It sleeps, because all is here and nobody is connected; or its state says why not. */
  handleSleep(state: Lifecycle, now: Millis): void {
    const reason = reasonOfState(state);
    this.#down.set(reason ?? "complete", undefined, now);
    this.#up.set(reason ?? "no-peers", undefined, now);
  }

  /** Once a second while it runs, and when nobody is connected. */
  handleSecond(peers: Iterable<Peer>, { have, wantedRemaining }: PiecesView, now: Millis): void {
    const all = [...peers];
    const isComplete = wantedRemaining === 0;
    for (const peer of all) {
      peer.why.judgeDown(peer, isComplete, now);
      peer.why.judgeUp(peer, now);
    }
    if (isComplete) this.#down.set("complete", undefined, now);
    else decide(this.#down, { shares: all.map(({ why }) => why.down), order: DOWN_ORDER }, now);
    if (have.isEmpty) this.#up.set("nothing-here", undefined, now);
    else decide(this.#up, { shares: all.map(({ why }) => why.up), order: UP_ORDER }, now);
  }

  report(peers: Iterable<Peer>, now: Millis): TorrentWhy {
    return {
      down: reportWhy("down", this.#down, now),
      up: reportWhy("up", this.#up, now),
      peers: Array.from(peers, (peer): PeerReport => {
        const { down, up } = peer.why;
        return { endpoint: peer.endpoint, down: reportWhy("down", down, now), up: reportWhy("up", up, now) };
      }),
    };
  }
}

function decide(
  books: TimeShares,
  { shares, order }: { readonly shares: readonly TimeShares[]; readonly order: readonly WhyReason[] },
  now: Millis,
): void {
  for (const reason of order) {
    const found = shares.find((each) => each.reason === reason);
    if (found !== undefined) return books.set(reason, found.level, now);
  }
  books.set("no-peers", undefined, now);
}

function reasonOfState({ status }: Lifecycle): WhyReason | undefined {
  switch (status) {
    case "stopped":
    case "stopping":
      return "stopped";
    case "fetching-metadata":
      return "metadata";
    case "checking":
      return "checking";
    case "error":
      return "disk-error";
    default:
      return undefined;
  }
}
