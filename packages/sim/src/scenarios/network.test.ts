import { describe } from "vitest";
import { partitionHeals, rateLimited, trackerReturns } from "./network.ts";
import { playAll } from "./play.ts";

describe("networks, trackers and limits", () => {
  playAll([partitionHeals], [1, 2]);
  playAll([trackerReturns, rateLimited], [1, 2, 3]);
});
