import { Bitfield } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PiecePicker } from "../picker/picker.ts";
import { makeContext } from "../test-support/context.ts";
import { makePeer } from "../test-support/peers.ts";
import type { Peer } from "./peer.ts";
import { judgeSilence } from "./timeouts.ts";

const NOW = 1_000_000;
const DOWNLOADING = { isComplete: false };

describe("silence of a peer", () => {
  it.each<[string, Partial<Peer>, string]>([
    ["has just spoken", {}, "fine"],
    ["said nothing for two minutes", { lastReceivedAt: NOW - 120_000 }, "drop"],
    ["said something just before", { lastReceivedAt: NOW - 119_999 }, "fine"],
    ["heard nothing of us for a while", { lastSentAt: NOW - 90_000 }, "keep-alive"],
    ["owes us a block for 20 s", { waitingSince: NOW - 20_000 }, "snub"],
    ["owes us a block for less", { waitingSince: NOW - 19_999 }, "fine"],
    ["is owed nothing and owes nothing for ten minutes", { idleSince: NOW - 600_000 }, "drop"],
    ["wants something of us, however long", { idleSince: 0, peerInterested: true }, "fine"],
    ["has what we want, however long", { idleSince: 0, amInterested: true }, "fine"],
  ])("that %s", (_, facts, verdict) => {
    expect(judgeSilence(quietPeer(facts), DOWNLOADING, NOW).type).toBe(verdict);
  });

  it("is for nothing once both sides have what they want", () => {
    const seed = quietPeer({ uploadOnly: true });
    expect(judgeSilence(seed, { isComplete: true }, NOW)).toMatchObject({ type: "drop", reason: "no-use" });
    expect(judgeSilence(seed, DOWNLOADING, NOW).type).toBe("fine");
  });

  it("ends a mute peer within F21's two minutes: 100 s after it let us in", () => {
    const mute = quietPeer({ amInterested: true, lastBlockAt: NOW - 100_000 });
    mute.picker.choked = false;
    expect(judgeSilence(mute, DOWNLOADING, NOW).type).toBe("fine");
    mute.picker.snubbed = true;
    expect(judgeSilence(mute, DOWNLOADING, NOW - 1).type).toBe("fine");
    expect(judgeSilence(mute, DOWNLOADING, NOW)).toMatchObject({ type: "drop", reason: "mute" });
  });

  it("is its right while it chokes us", () => {
    const choking = quietPeer({ amInterested: true, lastBlockAt: 0 });
    choking.picker.snubbed = true;
    expect(judgeSilence(choking, DOWNLOADING, NOW).type).toBe("fine");
  });
});

function quietPeer(facts: Partial<Peer>): Peer {
  const { context } = makeContext();
  const have = new Bitfield(context.geometry.pieceCount);
  const picker = new PiecePicker({ geometry: context.geometry, have, random: context.random });
  const peer = makePeer(context, picker);
  return Object.assign(peer, { lastReceivedAt: NOW, lastSentAt: NOW, lastBlockAt: NOW, idleSince: NOW }, facts);
}
