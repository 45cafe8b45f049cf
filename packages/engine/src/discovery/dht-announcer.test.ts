import { describe, expect, it } from "vitest";
import { parseInfoHash } from "@torrential/core";
import { Outbox } from "../outbox.ts";
import type { DhtCommand, DhtOutcome } from "../ports/dht.ts";
import { DhtAnnouncer } from "./dht-announcer.ts";

const NOTHING: DhtOutcome = { peersFound: 0, nodesAnswered: 0, nodesTold: 0 };
const ALONE: DhtOutcome = { peersFound: 0, nodesAnswered: 20, nodesTold: 8 };
const FOUND: DhtOutcome = { peersFound: 3, nodesAnswered: 20, nodesTold: 8 };

function start() {
  const out = new Outbox<DhtCommand>();
  let last = 0;
  const infoHash = parseInfoHash("aa".repeat(20));
  const announcer = new DhtAnnouncer({ infoHash, out, random: () => 0, nextAnnounceId: () => ++last });
  const take = (): DhtCommand[] => {
    const commands: DhtCommand[] = [];
    for (let each = out.poll(); each !== undefined; each = out.poll()) commands.push(each);
    return commands;
  };
  /** Announces at `now`, and returns how long it waits after that outcome. */
  const announce = (outcome: DhtOutcome, isSeed = false): number | undefined => {
    const now = announcer.nextTimeout() ?? 0;
    announcer.handleTimeout({ isSeed }, now);
    announcer.handleDone(last, outcome, now);
    const next = announcer.nextTimeout();
    return next === undefined ? undefined : next - now;
  };
  return { announcer, take, announce };
}

describe("DHT announcer", () => {
  it("announces at once, and again every quarter of an hour", () => {
    const { announcer, take, announce } = start();
    announcer.start(5);
    expect(announcer.nextTimeout()).toBe(5);
    expect(announce(FOUND)).toBe(900_000);
    expect(take()).toMatchObject([{ type: "dht-announce", request: 1, isSeed: false }]);
    expect(announcer.status()).toMatchObject({ state: "waiting", last: FOUND });
  });

  it("looks again sooner while it has found nobody, but not as a seed", () => {
    const { announcer, announce } = start();
    announcer.start(0);
    expect([announce(ALONE), announce(ALONE), announce(ALONE)]).toEqual([30_000, 60_000, 120_000]);
    expect(announce(FOUND)).toBe(900_000);
    expect(announce(ALONE)).toBe(30_000);
    expect(announce(ALONE, true)).toBe(900_000);
  });

  it("looks again in seconds while the network is not found", () => {
    const { announcer, announce } = start();
    announcer.start(0);
    expect([1, 2, 3, 4, 5].map(() => announce(NOTHING))).toEqual([5_000, 10_000, 20_000, 40_000, 60_000]);
  });

  it("cancels what is under way when it stops, and hears nothing of it", () => {
    const { announcer, take } = start();
    announcer.start(0);
    announcer.handleTimeout({ isSeed: false }, 0);
    expect(announcer.owns(1)).toBe(true);
    announcer.stop();
    expect(take().map(({ type }) => type)).toEqual(["dht-announce", "dht-cancel"]);
    expect([announcer.owns(1), announcer.handleDone(1, FOUND, 1), announcer.nextTimeout()]).toEqual([
      false,
      false,
      undefined,
    ]);
  });
});
