import { describe, it } from "vitest";
import { partitionHeals, rateLimited, trackerReturns } from "./network.ts";
import { playsOf } from "./play.ts";

describe("networks, trackers and limits", () => {
  it.each(playsOf([partitionHeals], [1, 2]))("$label", ({ run }) => run());
  it.each(playsOf([trackerReturns, rateLimited], [1, 2, 3]))("$label", ({ run }) => run());
});
