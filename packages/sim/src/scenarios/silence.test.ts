import { describe } from "vitest";
import { playAll } from "./play.ts";
import { endGame, hostilePeers, mutePeers } from "./silence.ts";

describe("peers that promise and don't deliver", () => {
  playAll([mutePeers], [1]);
  playAll([hostilePeers, endGame], [1, 2]);
});
