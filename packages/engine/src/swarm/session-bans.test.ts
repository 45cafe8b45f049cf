import { type Endpoint, makeEndpoint } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { SessionBans } from "./session-bans.ts";
import { PeerList } from "./peer-list.ts";
import { expelBanned } from "./expel.ts";

const PEER = makeEndpoint("93.184.216.34", 7000);
const NEIGHBOUR = makeEndpoint("93.184.216.34", 7001);
const VIEW = { skipSeeds: false, isAlone: false };

describe("bans of the user", () => {
  it("keep one port or a whole address out, until they end or are lifted", () => {
    const bans = new SessionBans();
    bans.put({ key: "93.184.216.34:7000", reason: "rude", expiresInMs: 1000 }, 0);
    expect([bans.holds(PEER, 999), bans.holds(NEIGHBOUR, 0), bans.holds(PEER, 1000)]).toEqual([true, false, false]);
    bans.put({ key: "93.184.216.34", reason: "" }, 0);
    expect([bans.holds(PEER, 1e9), bans.holds(NEIGHBOUR, 1e9)]).toEqual([true, true]);
    expect(bans.all(1e9)).toEqual([{ key: "93.184.216.34", reason: "", expiresInMs: Infinity }]);
    expect([bans.lift("93.184.216.34"), bans.lift("93.184.216.34"), bans.holds(PEER, 1e9)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("hold for every torrent's list: nobody is taken in or dialled, and who is connected goes", () => {
    const bans = new SessionBans();
    const list = new PeerList(() => 0.5, bans);
    list.add(PEER, "tracker", 0);
    const dropped: Endpoint[] = [];
    const room = {
      peers: [{ endpoint: PEER }, { endpoint: makeEndpoint("93.184.216.35", 1) }],
      drop: ({ endpoint }: { readonly endpoint: Endpoint }) => dropped.push(endpoint),
    };
    bans.put({ key: PEER.address, reason: "rude", expiresInMs: 60_000 }, 0);
    expelBanned(room, list, 0);
    expect(dropped).toEqual([PEER]);
    expect(list.candidates(9, 0, VIEW)).toEqual([]);
    expect(list.add(NEIGHBOUR, "pex", 0)).toBe(false);
    expect(list.nextRetryAt(VIEW)).toBe(60_000);
    bans.lift(PEER.address);
    expelBanned(undefined, list, 0);
    expect(list.candidates(9, 0, VIEW)).toHaveLength(1);
    expect(list.nextRetryAt(VIEW)).toBe(0);
  });
});
