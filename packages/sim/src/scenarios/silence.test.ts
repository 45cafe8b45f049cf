import { describe, it } from "vitest";
import { playsOf } from "./play.ts";
import { endGame, hostilePeers, mutePeers } from "./silence.ts";

describe("peers that promise and don't deliver", () => {
  it.each(playsOf([mutePeers], [1]))("$label", ({ run }) => run());
  it.each(playsOf([hostilePeers, endGame], [1, 2]))("$label", ({ run }) => run());
});
