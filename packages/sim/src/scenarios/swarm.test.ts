import { describe, expect, it } from "vitest";
import { playsOf } from "./play.ts";
import { oneSeedManyLeechers, seedVanishes } from "./swarm.ts";

describe("swarms of honest peers", () => {
  it("thirty leechers of one seed finish near the fluid limit", () => {
    const { numbers } = oneSeedManyLeechers.run({ seed: 1 });
    // 1.37 when this was written; a protocol of whole pieces over real choking can't reach 1.
    expect(numbers["ratioToBound"]).toBeLessThan(1.6);
    expect(numbers["wasteShare"]).toBeLessThan(0.08);
  });

  it.each(playsOf([seedVanishes], [1]))("$label", ({ run }) => run());
});
