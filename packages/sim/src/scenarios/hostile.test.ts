import { describe, it } from "vitest";
import { hostileScenarios } from "./hostile.ts";
import { playsOf } from "./play.ts";

describe("one good seed among bad peers", () => {
  it.each(playsOf(hostileScenarios, [1, 2]))("$label", ({ run }) => run());
});
