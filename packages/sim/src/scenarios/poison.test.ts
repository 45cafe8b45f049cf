import { describe } from "vitest";
import { playAll } from "./play.ts";
import { poisonScenarios } from "./poison.ts";

describe("poisoners", () => {
  playAll(poisonScenarios, [1, 2, 3]);
});
