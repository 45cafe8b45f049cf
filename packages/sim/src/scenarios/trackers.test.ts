import { describe, it } from "vitest";
import { playsOf } from "./play.ts";
import { deadTrackers } from "./trackers.ts";

describe("many torrents and dead trackers", () => {
  it.each(playsOf([deadTrackers], [1, 2, 3]))("$label", ({ run }) => run());
});
