import { describe } from "vitest";
import { closingWhileSending } from "./memory.ts";
import { playAll } from "./play.ts";

describe("memory lent to the network", () => {
  playAll([closingWhileSending], [1, 2]);
});
