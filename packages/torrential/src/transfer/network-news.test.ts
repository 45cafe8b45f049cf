import type { Reachability } from "@torrential/node";
import { describe, expect, it } from "vitest";
import type { PublicEvent } from "./public-event.ts";
import { NetworkNews } from "./network-news.ts";

const UNKNOWN: Reachability = {
  status: "unknown",
  because: "nobody came",
  externalAddresses: [],
  mappings: [],
  lastIncomingAt: undefined,
};

function start() {
  const said: (PublicEvent | string)[] = [];
  const ignore = (): void => undefined;
  const news = new NetworkNews({
    tickMs: 100,
    handleEvent: (event) => void said.push(event),
    handleNote: (sentence) => void said.push(sentence),
    handleTick: ignore,
    handleChange: ignore,
    handleWhy: ignore,
    handleFailure: ignore,
    end: ignore,
  });
  return { news, said };
}

describe("news of the network", () => {
  it("warns of a DHT that is not there, and says nothing of one that is", () => {
    const { news, said } = start();
    news.begin({ dhtProblem: undefined });
    expect(said).toEqual([]);
    news.begin({ dhtProblem: "UDP port 6881 is taken" });
    expect(said).toEqual([
      { event: "dht", problem: "UDP port 6881 is taken", families: [] },
      "there is no DHT to find peers in: UDP port 6881 is taken",
    ]);
  });

  it("says once that peers reach us, and how we know", () => {
    const { news, said } = start();
    const reached: Reachability = {
      status: "reachable",
      because: "somebody came",
      externalAddresses: [],
      mappings: [],
      lastIncomingAt: undefined,
    };
    for (const each of [UNKNOWN, reached, reached]) news.tick({ reachability: () => each, dht: undefined }, 0);
    expect(said).toEqual([{ event: "reachability", status: "reachable", because: "somebody came", addresses: [] }]);
  });
});
