import { describe, it } from "vitest";
import { magnetScenarios } from "./magnets.ts";
import { playsOf } from "./play.ts";

describe("magnet links", () => {
  it.each(playsOf(magnetScenarios, [1, 2]))("$label", ({ run }) => run());
});
