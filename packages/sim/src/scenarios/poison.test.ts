import { describe, it } from "vitest";
import { playsOf } from "./play.ts";
import { poisonScenarios } from "./poison.ts";

describe("poisoners", () => {
  it.each(playsOf(poisonScenarios, [1, 2, 3]))("$label", ({ run }) => run());
});
