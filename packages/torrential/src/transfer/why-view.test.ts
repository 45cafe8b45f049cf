import { makeEndpoint } from "@torrential/core";
import { explainWhy, type WhyReport, type WhyShare } from "@torrential/node";
import { describe, expect, it } from "vitest";
import { makeView } from "../test-support/view.ts";
import { toWhyView } from "./why-view.ts";

function share(reason: WhyShare["reason"], part: number): WhyShare {
  const level = reason === "ticket" ? "torrent" : undefined;
  return { reason, level, share: part, ms: 60_000 * part, count: 3, ...explainWhy("down", reason, level) };
}

const down: WhyReport = {
  now: "ticket",
  recent: [share("ticket", 0.62), share("peer-rate", 0.33), share("choked", 0.05)],
  total: [share("ticket", 1)],
};
const up: WhyReport = { now: "not-interested", recent: [share("not-interested", 1)], total: [] };
const why = { down, up, peers: [{ endpoint: makeEndpoint("1.2.3.4", 5), down, up }] };

describe("why no faster, as the command says it", () => {
  it("is what took most of the last minute, in sentences", () => {
    expect(toWhyView(makeView(), why).lines).toEqual([
      "62.0 %: It waits for the download limit of this torrent. Raise or lift this limit.",
      "33.0 %: Peers, or the way to them, give no more than this. More peers would help.",
    ]);
  });

  it("speaks of uploads while seeding", () => {
    expect(toWhyView(makeView({ state: "seeding" }), why).lines[0]).toMatch(/^100 %: /);
  });

  it("has all of it for programs", () => {
    expect(toWhyView(makeView(), why).event).toMatchObject({
      event: "why",
      infoHash: "00",
      down: {
        now: "ticket",
        recent: [{ reason: "ticket", level: "torrent", share: 0.62, seconds: 37.2, count: 3 }, {}, {}],
      },
      up: { now: "not-interested" },
      peers: [
        {
          peer: "1.2.3.4:5",
          down: "ticket",
          up: "not-interested",
          recent: { down: [{ reason: "ticket", level: "torrent", share: 0.62, seconds: 37.2 }, {}, {}], up: [{}] },
        },
      ],
    });
  });
});
