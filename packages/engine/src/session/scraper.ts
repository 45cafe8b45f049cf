/** Asks trackers about many torrents in few questions (BEP 48), and gives each torrent its part of the answer. */
import { infoHashBytes, type InfoHash } from "@torrential/core";
import { type ScrapeEntry, UDP_SCRAPE_MAX } from "@torrential/protocol";
import type { Outlet } from "../outbox.ts";
import type { AnnounceFailure, ScrapeCommand, ScrapeResult } from "../ports/announce.ts";

/** 61 bytes of query each, once escaped: 50 stay below the 4 KiB that servers take of a request's line. */
const HTTP_SCRAPE_MAX = 50;

/** One torrent at one of its trackers. */
export interface ScrapeWish {
  readonly url: string;
  readonly infoHash: InfoHash;
}

export interface ScrapeOutcome extends ScrapeWish {
  readonly result: ScrapeEntry | AnnounceFailure;
}

export interface ScraperDeps {
  readonly out: Outlet<ScrapeCommand>;
  readonly nextId: () => number;
}

export class Scraper {
  readonly #deps: ScraperDeps;
  readonly #requests = new Map<number, readonly ScrapeWish[]>();
  readonly #asked = new Set<string>();

  constructor(deps: ScraperDeps) {
    this.#deps = deps;
  }

  /** What is being asked already is not asked twice. */
  ask(wishes: Iterable<ScrapeWish>): void {
    const byUrl = new Map<string, ScrapeWish[]>();
    for (const wish of wishes) {
      if (this.#asked.has(keyOf(wish))) continue;
      this.#asked.add(keyOf(wish));
      byUrl.set(wish.url, [...(byUrl.get(wish.url) ?? []), wish]);
    }
    for (const [url, all] of byUrl) {
      const max = /^udp:/i.test(url) ? UDP_SCRAPE_MAX : HTTP_SCRAPE_MAX;
      for (let at = 0; at < all.length; at += max) this.#send(url, all.slice(at, at + max));
    }
  }

  handleResult(request: number, result: ScrapeResult): readonly ScrapeOutcome[] {
    const wishes = this.#requests.get(request) ?? [];
    this.#requests.delete(request);
    return wishes.map((wish) => {
      this.#asked.delete(keyOf(wish));
      return { ...wish, result: result.ok ? (result.entries.get(wish.infoHash) ?? UNKNOWN_TORRENT) : result };
    });
  }

  #send(url: string, wishes: readonly ScrapeWish[]): void {
    const request = this.#deps.nextId();
    this.#requests.set(request, wishes);
    this.#deps.out.push({
      type: "scrape",
      request,
      url,
      infoHashes: wishes.map(({ infoHash }) => infoHashBytes(infoHash)),
    });
  }
}

const UNKNOWN_TORRENT: AnnounceFailure = {
  ok: false,
  code: "tracker-failure",
  message: "the tracker says nothing of this torrent",
  retryInSeconds: undefined,
};

function keyOf({ url, infoHash }: ScrapeWish): string {
  return `${infoHash} ${url}`;
}
