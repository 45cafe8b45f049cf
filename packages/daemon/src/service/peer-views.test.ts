import { makeEndpoint } from "@torrential/core";
import { explainWhy, type PeerStatus, type WhyShare } from "@torrential/node";
import { describe, expect, it } from "vitest";
import { toPeerViews } from "./peer-views.ts";

const peer: PeerStatus = {
  endpoint: makeEndpoint("198.51.100.1", 6881),
  transport: "tcp",
  source: "tracker",
  client: "other",
  isOutgoing: true,
  isSeed: true,
  progress: 1,
  downRate: 0,
  upRate: 0,
  downloadedBytes: 0,
  uploadedBytes: 0,
  amChoking: true,
  amInterested: true,
  peerChoking: true,
  peerInterested: false,
  isSnubbed: false,
  outstandingRequests: 0,
  requestWindow: 16,
};

function share(direction: "down" | "up", reason: WhyShare["reason"]): WhyShare {
  return { reason, level: undefined, share: 1, ms: 1_000, count: 1, ...explainWhy(direction, reason, undefined) };
}

describe("peers as people see them", () => {
  it("each say why no more flows", () => {
    const why = { down: [share("down", "choked")], up: [share("up", "not-interested")] };
    const [view, stranger] = toPeerViews([peer, peer], [why]);
    expect(view?.reasons).toMatchObject([
      { direction: "down", code: "choked", share: 1, count: 1 },
      { direction: "up", code: "not-interested" },
    ]);
    expect(stranger?.reasons).toEqual([]);
  });

  it("lack nothing when all is here", () => {
    const [view] = toPeerViews([peer], [{ down: [share("down", "complete")], up: [] }]);
    expect(view?.reasons).toEqual([]);
  });
});
