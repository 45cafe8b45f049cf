import { describe, it } from "vitest";
import { playsOf } from "./play.ts";
import { superSeed } from "./super-seed.ts";

describe("super-seeding (BEP 16)", () => {
  it.each(playsOf([superSeed], [1]))("$label", ({ run }) => run());
});
