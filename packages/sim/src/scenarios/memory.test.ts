import { describe, it } from "vitest";
import { closingWhileSending } from "./memory.ts";
import { playsOf } from "./play.ts";

describe("memory lent to the network", () => {
  it.each(playsOf([closingWhileSending], [1, 2]))("$label", ({ run }) => run());
});
