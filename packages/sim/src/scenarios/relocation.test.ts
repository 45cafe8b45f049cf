import { describe, it } from "vitest";
import { playsOf } from "./play.ts";
import { relocatedAlive, relocatedAndKilled, relocatedInPowerCuts } from "./relocation.ts";

describe("files that change their place", () => {
  const scenarios = [relocatedAlive, relocatedAndKilled, relocatedInPowerCuts];
  it.each(playsOf(scenarios, [1, 2, 3, 4]))("$label", ({ run }) => run());
});
