/** The engine's counted reasons in words: why a torrent is not faster, and what can be done about it. */
import type { Reason } from "@torrential/api";
import type { ReasonView } from "../service/torrent-view.ts";

interface Words {
  readonly sentence: string;
  readonly remedy: string;
}

const WORDS: Readonly<Record<string, Words>> = {
  "not-wanted": {
    sentence: "Connected peers have nothing that is still missing.",
    remedy: "Wait for other peers, or add trackers.",
  },
  "all-requested": {
    sentence: "Everything that a peer has is asked of another peer already.",
    remedy: "Nothing to do: it is coming.",
  },
  "no-room": {
    sentence: "Memory for pieces is full: the disk is slower than the network.",
    remedy: "Use a faster disk, or download fewer torrents at once.",
  },
  choked: { sentence: "Peers serve others first.", remedy: "Upload more: peers serve those who give." },
  "no-ticket": {
    sentence: "A rate limit holds it back.",
    remedy: "Raise the limit of the torrent, its tags, or the session.",
  },
  snubbed: { sentence: "Peers keep us waiting for what was asked.", remedy: "They are replaced by themselves." },
  "not-ready": { sentence: "Peers are still shaking hands.", remedy: "Wait a moment." },
};

/** "satisfied" is no reason: as much was asked as the peer takes. */
export function explain(reasons: readonly ReasonView[]): Reason[] {
  return reasons
    .filter(({ code }) => code !== "satisfied")
    .map(({ code, count }) => ({
      code,
      count,
      ...(WORDS[code] ?? { sentence: `The engine says "${code}".`, remedy: "" }),
    }));
}
