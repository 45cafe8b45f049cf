/** The reasons in words: what is so, and what can be done about it. The one place for them, for command, API and page. */
import type { WhyLevel, WhyReason } from "./reasons.ts";

export type WhyDirection = "down" | "up";

export interface WhyText {
  readonly text: string;
  /** Empty where nothing can be done. */
  readonly remedy: string;
}

const DOWN: Readonly<Partial<Record<WhyReason, WhyText>>> = {
  stopped: { text: "It is stopped.", remedy: "Start it." },
  checking: { text: "What is on disk is being checked.", remedy: "" },
  metadata: {
    text: "Peers have not told yet what the magnet link stands for.",
    remedy: "Add trackers or peers, or wait until somebody who has it is online.",
  },
  "disk-error": { text: "The disk refused.", remedy: "See the torrent's error; it is tried again by itself." },
  complete: { text: "Everything that is wanted is here.", remedy: "" },
  "no-peers": {
    text: "No peer is connected.",
    remedy: "Add trackers or peers, or see whether others can reach the listening port.",
  },
  "not-had": { text: "Nobody who is connected has what is missing.", remedy: "Wait for a seed, or add trackers." },
  choked: {
    text: "Peers that have something keep their upload slots for others.",
    remedy: "Raise the upload limit: who gives gets more. Being reachable from outside brings more peers.",
  },
  ticket: { text: "It waits for the download limit", remedy: "Raise or lift this limit." },
  "no-room": {
    text: "Memory is full of pieces that wait for the disk, or that nobody completes.",
    remedy: "Use a faster disk, or give the client more memory.",
  },
  "all-requested": { text: "All that the peers have is asked of others already.", remedy: "" },
  window: {
    text: "As much is asked for at once as the peer takes, or as the request window has grown to.",
    remedy: "It grows by itself; a peer that takes few requests at once is slow on a long path.",
  },
  snubbed: { text: "Peers that were asked do not answer.", remedy: "They are replaced when others are found." },
  "peer-rate": { text: "Peers, or the way to them, give no more than this.", remedy: "More peers would help." },
};

const UP: Readonly<Partial<Record<WhyReason, WhyText>>> = {
  "nothing-here": { text: "Nothing of it is here yet.", remedy: "" },
  "no-peers": {
    text: "No peer is connected.",
    remedy: "See whether others can reach the listening port, and whether trackers answer.",
  },
  "not-interested": { text: "Nobody who is connected wants anything of it.", remedy: "" },
  slots: { text: "The upload slots are taken by others.", remedy: "They go round; allow more slots." },
  "not-asked": { text: "Peers may ask, and ask for nothing.", remedy: "" },
  ticket: { text: "It waits for the upload limit", remedy: "Raise or lift this limit." },
  "disk-read": { text: "What was asked for is being read from the disk.", remedy: "Use a faster disk." },
  "peer-rate": { text: "Peers, or the way to them, take no more than this.", remedy: "" },
};

/** Every reason that has sentences, by direction. */
export const WHY_CODES: Readonly<Record<WhyDirection, readonly string[]>> = {
  down: Object.keys(DOWN),
  up: Object.keys(UP),
};

/** The sentences for one reason. */
export function explainWhy(direction: WhyDirection, reason: WhyReason, level: WhyLevel | undefined): WhyText {
  const found = (direction === "up" ? UP[reason] : undefined) ?? DOWN[reason];
  if (found === undefined) return { text: reason, remedy: "" };
  return reason === "ticket" ? { ...found, text: `${found.text} ${describeLevel(level)}.` } : found;
}

function describeLevel(level: WhyLevel | undefined): string {
  if (level === undefined || level === "global") return "of all torrents together";
  if (level === "torrent") return "of this torrent";
  return level === "peer" ? "of the peer" : `of the ${level}`;
}
