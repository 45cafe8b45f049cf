import { describe, it } from "vitest";
import { freeRiders, turnsOfASeed } from "./choking.ts";
import { playsOf } from "./play.ts";

describe("choking", () => {
  it.each(playsOf([turnsOfASeed, freeRiders], [1]))("$label", ({ run }) => run());
});
