import { describe, it } from "vitest";
import { cleanRestart, killedWhileWriting, powerCutWhileWriting } from "./crash.ts";
import { playsOf } from "./play.ts";

describe("crashes and restarts", () => {
  it.each(playsOf([killedWhileWriting, powerCutWhileWriting], [1, 2]))("$label", ({ run }) => run());
  it.each(playsOf([cleanRestart], [1, 2]))("$label", ({ run }) => run());
});
