import { infoHashFromBytes, type InfoHash } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { Outbox } from "../outbox.ts";
import type { ScrapeCommand } from "../ports/announce.ts";
import { drain } from "../test-support/context.ts";
import { Scraper } from "./scraper.ts";

const HTTP = "http://a.example/announce";
const UDP = "udp://a.example:80/announce";
const ENTRY = { seeders: 1, leechers: 2, downloaded: 3, downloaders: undefined };

describe("scraper", () => {
  it("asks each tracker in as few questions as it takes", () => {
    const { scraper, sent } = start();
    const hashes = Array.from({ length: 120 }, (_, i) => hashOf(i));
    scraper.ask(hashes.flatMap((infoHash) => [HTTP, UDP].map((url) => ({ url, infoHash }))));
    expect(sent().map(({ url, infoHashes }) => [url, infoHashes.length])).toEqual([
      [HTTP, 50],
      [HTTP, 50],
      [HTTP, 20],
      [UDP, 74],
      [UDP, 46],
    ]);
  });

  it("does not ask twice what is under way", () => {
    const { scraper, sent } = start();
    const wish = { url: HTTP, infoHash: hashOf(1) };
    scraper.ask([wish]);
    scraper.ask([wish]);
    expect(sent()).toHaveLength(1);
    scraper.handleResult(1, { ok: true, entries: new Map() });
    scraper.ask([wish]);
    expect(sent()).toHaveLength(1);
  });

  it("gives each torrent its part, and says who was left out", () => {
    const { scraper } = start();
    scraper.ask([1, 2].map((i) => ({ url: HTTP, infoHash: hashOf(i) })));
    const entries = new Map([[hashOf(2), ENTRY]]);
    expect(scraper.handleResult(1, { ok: true, entries })).toMatchObject([
      { infoHash: hashOf(1), result: { ok: false, code: "tracker-failure" } },
      { infoHash: hashOf(2), result: ENTRY },
    ]);
    expect(scraper.handleResult(1, { ok: true, entries })).toEqual([]);
  });
});

function start() {
  const out = new Outbox<ScrapeCommand>();
  let id = 0;
  return { scraper: new Scraper({ out, nextId: () => ++id }), sent: () => drain(out) };
}

function hashOf(n: number): InfoHash {
  return infoHashFromBytes(new Uint8Array(20).fill(n));
}
