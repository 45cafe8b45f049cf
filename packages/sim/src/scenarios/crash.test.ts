import { describe } from "vitest";
import { cleanRestart, killedWhileWriting, powerCutWhileWriting } from "./crash.ts";
import { playAll } from "./play.ts";

describe("crashes and restarts", () => {
  playAll([killedWhileWriting, powerCutWhileWriting], [1, 2]);
  playAll([cleanRestart], [1, 2]);
});
