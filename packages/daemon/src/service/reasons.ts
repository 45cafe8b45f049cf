/** "Why isn't this faster?", of a torrent or of one peer, as people see it. */
import type { WhyShare } from "@torrential/node";
import type { EngineWhy } from "../engine-thread/messages.ts";
import type { ReasonView } from "./torrent-view.ts";

/** Downloads first; the largest share first in each direction. */
export function toReasons({ down, up }: EngineWhy): readonly ReasonView[] {
  // Nothing more is wanted: that is no reason for anything.
  const wanted = down.filter(({ reason }) => reason !== "complete");
  return [...wanted.map((share) => toReason("down", share)), ...up.map((share) => toReason("up", share))];
}

function toReason(direction: ReasonView["direction"], why: WhyShare): ReasonView {
  const { reason, level, share, count, text, remedy } = why;
  return {
    direction,
    code: reason,
    ...(level === undefined ? {} : { level }),
    share,
    count,
    sentence: text,
    remedy,
  };
}
