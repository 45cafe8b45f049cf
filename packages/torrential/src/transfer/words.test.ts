import { makeEndpoint } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { FakeTorrent, INFO_HASH } from "../test-support/torrent.ts";
import { toNote, toPublicEvent } from "./public-event.ts";
import { describeWaiting } from "./waiting.ts";

const TRACKER = {
  url: "http://a.example/announce",
  tier: 0,
  lastError: undefined,
  warning: undefined,
  nextAnnounceAt: undefined,
  lastAnnouncedAt: undefined,
  peers: 0,
  seeders: undefined,
  leechers: undefined,
  completed: undefined,
  scrapeError: undefined,
  endpoints: [],
};

describe("what a download waits for", () => {
  it("is a peer, where there is no tracker", () => {
    expect(describeWaiting({ knownPeers: 0, trackers: [], port: 1 })).toBe(
      "there is no tracker to ask; one may still come to port 1",
    );
    expect(describeWaiting({ knownPeers: 2, trackers: [], port: 1 })).toContain("2 known ones do not answer");
  });

  it("is a tracker, while none answers", () => {
    const failing = { ...TRACKER, state: "failing" } as const;
    expect(describeWaiting({ knownPeers: 0, trackers: [failing], port: 1 })).toContain("no tracker answers");
    const waiting = { ...TRACKER, state: "waiting" } as const;
    expect(describeWaiting({ knownPeers: 0, trackers: [failing, waiting], port: 1 })).toContain("not answered yet");
  });

  it("is somebody who has it, when trackers know nobody", () => {
    const working = { ...TRACKER, state: "working" } as const;
    expect(describeWaiting({ knownPeers: 0, trackers: [working], port: 1 })).toContain("trackers know nobody");
  });
});

describe("events for programs", () => {
  const endpoint = makeEndpoint("1.2.3.4", 5);
  const { metainfo } = new FakeTorrent();

  it("name peers, files and trackers in words", () => {
    const banned = {
      type: "peer-banned",
      infoHash: INFO_HASH,
      endpoint,
      reason: "bad pieces",
      key: "192.0.2.1:5",
      expiresInMs: 3_600_000,
    } as const;
    expect(toPublicEvent(banned, metainfo)).toEqual({
      event: "peer-banned",
      infoHash: INFO_HASH,
      peer: "1.2.3.4:5",
      reason: "bad pieces",
      key: "192.0.2.1:5",
      expiresInSeconds: 3600,
    });
    const completed = { type: "file-completed", infoHash: INFO_HASH, file: 0 } as const;
    expect(toPublicEvent(completed, metainfo)).toMatchObject({ path: ["a.bin"] });
  });

  it("leave out what would be too much", () => {
    expect(toPublicEvent({ type: "piece-verified", infoHash: INFO_HASH, piece: 1 }, metainfo)).toBeUndefined();
  });

  it("keep a tracker's passkey to themselves", () => {
    const failed = {
      type: "announce-failed",
      infoHash: INFO_HASH,
      url: "http://user:secret@a.example/announce?passkey=secret",
      code: "timeout",
      message: "no answer",
    } as const;
    expect(JSON.stringify(toPublicEvent(failed, metainfo))).not.toContain("secret");
    expect(toNote(failed)).toMatch(/^tracker http:.*a\.example.*: no answer$/);
    expect(toNote(failed)).not.toContain("secret");
  });
});
