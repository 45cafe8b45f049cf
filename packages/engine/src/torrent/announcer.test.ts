import { makeEndpoint } from "@torrential/core";
import type { AnnounceResponse } from "@torrential/protocol";
import { describe, expect, it } from "vitest";
import type { AnnounceCommand } from "../ports/announce.ts";
import type { SessionOutput } from "../session/outputs.ts";
import { response } from "../test-support/announce-response.ts";
import { makeContext } from "../test-support/context.ts";
import { Announcer, type AnnounceTo } from "./announcer.ts";

const TOTALS = { uploaded: 1, downloaded: 2, left: 3 };
const A = "https://a.example/announce";
const B = "https://b.example/announce";
const HALF_HOUR_MS = 1_800_000;

describe("announcer", () => {
  it("has nothing to do without trackers", () => {
    const { announcer } = start([]);
    expect(announcer.nextTimeout()).toBeUndefined();
    announcer.handleTimeout(TOTALS, 0);
    announcer.stop(TOTALS);
    expect(announcer.isStopping).toBe(false);
  });

  it("says started at once, then nothing until the interval is over", () => {
    const { announcer, ask, answer } = start([[A]]);
    expect(announcer.nextTimeout()).toBe(0);
    expect(ask(0)).toMatchObject([{ url: A, event: "started", ...TOTALS, numWant: 200 }]);
    answer({}, 0);
    expect(announcer.nextTimeout()).toBe(HALF_HOUR_MS);
    expect(ask(HALF_HOUR_MS - 1)).toEqual([]);
    expect(ask(HALF_HOUR_MS)).toMatchObject([{ event: "none" }]);
  });

  it("waits for an answer for five seconds, then asks the next tracker as well", () => {
    const { announcer, ask } = start([[A], [B]]);
    expect(ask(0)).toHaveLength(1);
    expect(announcer.nextTimeout()).toBe(5_000);
    expect(ask(4_999)).toEqual([]);
    expect(ask(5_000)).toMatchObject([{ url: B, event: "started" }]);
    expect(ask(10_000)).toEqual([]);
    expect(announcer.nextTimeout()).toBeUndefined();
  });

  it("reaches the good one behind three that stay silent within 15 s", () => {
    const dead = [A, `${A}2`, `${A}3`];
    const { announcer, ask } = start([dead, [B]]);
    const asked: string[] = [];
    for (let now: number | undefined = 0; now !== undefined; now = announcer.nextTimeout()) {
      asked.push(...ask(now).map(({ url }) => url));
      if (asked.at(-1) !== B) expect(now).toBeLessThan(15_000);
    }
    expect(asked.toSorted()).toEqual([...dead, B].toSorted());
  });

  it.each([
    [1, undefined, 60_000],
    [10_000_000, undefined, 86_400_000],
    [900, 1_200, 1_200_000],
    [900, 300, 900_000],
  ])("takes an interval of %i s and a min interval of %s s as %i ms", (intervalSeconds, minIntervalSeconds, wanted) => {
    const { announcer, ask, answer } = start([[A]]);
    ask(0);
    answer({ intervalSeconds, minIntervalSeconds }, 0);
    expect(announcer.nextTimeout()).toBe(wanted);
  });

  it("goes to the next tier when one fails, and comes back to the first", () => {
    const { announcer, ask, answer, fail } = start([[A], [B]]);
    ask(0);
    fail({}, 0);
    expect(ask(0)).toMatchObject([{ url: B, event: "started" }]);
    answer({}, 0);
    expect(announcer.nextTimeout()).toBeLessThanOrEqual(6_250);
    expect(ask(6_250)).toMatchObject([{ url: A, event: "started" }]);
    answer({}, 6_250);
    expect(ask(HALF_HOUR_MS)).toEqual([]);
    expect(ask(6_250 + HALF_HOUR_MS)).toMatchObject([{ url: A, event: "none" }]);
  });

  it("puts the tracker that answered first in its tier", () => {
    const { ask, answer, fail } = start([[A, B]]);
    const [first] = ask(0);
    fail({}, 0);
    const [second] = ask(0);
    expect(second?.url).not.toBe(first?.url);
    answer({}, 0);
    expect(ask(HALF_HOUR_MS)).toMatchObject([{ url: second?.url }]);
  });

  it("backs off 5 s, doubled with each failure, with jitter, an hour at most", () => {
    const { announcer, ask, fail } = start([[A]]);
    let now = 0;
    for (let failures = 0; failures < 12; failures++) {
      ask(now);
      fail({}, now);
      ask(now);
      const wait = (announcer.nextTimeout() ?? 0) - now;
      const wanted = Math.min(3_600_000, 5_000 * 2 ** failures);
      expect(wait).toBeGreaterThanOrEqual(wanted);
      expect(wait).toBeLessThanOrEqual(wanted * 1.25);
      now += wait;
    }
  });

  it("asks again when the tracker said to, and never when it said never", () => {
    const { announcer, ask, fail } = start([[A]]);
    ask(0);
    fail({ retryInSeconds: 77 }, 0);
    ask(0);
    expect(announcer.nextTimeout()).toBe(77_000);
    ask(77_000);
    fail({ retryInSeconds: Number.POSITIVE_INFINITY }, 77_000);
    expect(ask(77_000)).toEqual([]);
    expect(announcer.nextTimeout()).toBeUndefined();
  });

  it("echoes the tracker's id and keeps its own key", () => {
    const { ask, answer } = start([[A]]);
    const [first] = ask(0);
    answer({ trackerId: "id-1" }, 0);
    const [second] = ask(HALF_HOUR_MS);
    expect([first?.trackerId, second?.trackerId]).toEqual([undefined, "id-1"]);
    expect(second?.key).toBe(first?.key);
  });

  it("reports peers and failures, and knows which answers are its own", () => {
    const { announcer, ask, answer, fail } = start([[A]]);
    ask(0);
    expect(announcer.handleResult(1, failure({}), 0)).toBeUndefined();
    expect(fail({ message: "go away" }, 0)?.event).toMatchObject({ type: "announce-failed", message: "go away" });
    expect(announcer.status(0)).toMatchObject([{ state: "failing", lastError: "go away" }]);
    ask(10_000);
    expect(answer({ seeders: 5 }, 10_000)?.event).toMatchObject({ type: "announced", seeders: 5 });
    expect(announcer.status(10_000)).toMatchObject([{ state: "working", lastError: undefined }]);
  });
});

describe("announcer at completion", () => {
  it("says completed at once, not an interval later, and once", () => {
    const { announcer, ask, answer } = start([[A]]);
    ask(0);
    answer({}, 0);
    announcer.complete(5_000);
    expect(announcer.nextTimeout()).toBe(5_000);
    expect(ask(5_000)).toMatchObject([{ event: "completed" }]);
    answer({}, 5_000);
    expect(announcer.nextTimeout()).toBe(5_000 + HALF_HOUR_MS);
    expect(ask(5_000 + HALF_HOUR_MS)).toMatchObject([{ event: "none" }]);
  });

  it("says started first to a tracker that does not know us yet", () => {
    const { announcer, ask, answer } = start([[A]]);
    ask(0);
    announcer.complete(100);
    answer({}, 200);
    expect(ask(200)).toMatchObject([{ event: "completed" }]);
  });

  it("says completed to each tracker that knows us", () => {
    const { announcer, ask, answer, fail } = start([[A], [B]]);
    ask(0);
    answer({}, 0);
    ask(HALF_HOUR_MS);
    fail({}, HALF_HOUR_MS);
    ask(HALF_HOUR_MS);
    answer({}, HALF_HOUR_MS);
    const now = 2 * HALF_HOUR_MS;
    announcer.complete(now);
    const told = ask(now).map(({ url, event }) => [url, event]);
    expect(told.toSorted()).toEqual([
      [A, "completed"],
      [B, "completed"],
    ]);
  });

  it("respects the back-off of a tracker that fails", () => {
    const { announcer, ask, answer, fail } = start([[A]]);
    ask(0);
    answer({}, 0);
    announcer.complete(0);
    ask(0);
    fail({}, 0);
    expect(ask(0)).toEqual([]);
    expect(announcer.nextTimeout()).toBeGreaterThanOrEqual(5_000);
    expect(ask(10_000)).toMatchObject([{ event: "completed" }]);
  });

  it("is told nothing when what was there from the start is all there is", () => {
    const { ask, answer } = start([[A]]);
    ask(0);
    answer({}, 0);
    expect(ask(HALF_HOUR_MS)).toMatchObject([{ event: "none" }]);
  });
});

describe("announcer at a stop", () => {
  it("says stopped once to those who know us, and to nobody else", () => {
    const { announcer, ask, answer, commands } = start([[A], [B]]);
    ask(0);
    answer({}, 0);
    announcer.stop(TOTALS);
    expect(commands()).toMatchObject([{ url: A, event: "stopped", numWant: 0 }]);
    expect(announcer.isStopping).toBe(true);
    announcer.stop(TOTALS);
    expect(commands()).toEqual([]);
    answer({}, 1);
    expect([announcer.isStopping, announcer.nextTimeout()]).toEqual([false, undefined]);
  });

  it("says completed before stopped, one after the other, when it was stopped before it could", () => {
    const { announcer, ask, answer, commands } = start([[A]]);
    ask(0);
    answer({}, 0);
    announcer.complete(1);
    announcer.stop(TOTALS);
    expect(commands()).toMatchObject([{ event: "completed" }]);
    answer({}, 2);
    expect(commands()).toMatchObject([{ event: "stopped" }]);
    answer({}, 3);
    expect(announcer.isStopping).toBe(false);
  });

  it("waits with stopped for the answer that is under way", () => {
    const { announcer, ask, answer, commands } = start([[A]]);
    ask(0);
    announcer.stop(TOTALS);
    expect(commands()).toEqual([]);
    answer({}, 1);
    expect(commands()).toMatchObject([{ event: "stopped" }]);
  });

  it("says stopped also when completed failed", () => {
    const { announcer, ask, answer, fail, commands } = start([[A]]);
    ask(0);
    answer({}, 0);
    announcer.complete(1);
    announcer.stop(TOTALS);
    commands();
    fail({}, 2);
    expect(commands()).toMatchObject([{ event: "stopped" }]);
  });

  it("is silent when nobody ever answered", () => {
    const { announcer, ask, fail, commands } = start([[A]]);
    ask(0);
    fail({}, 0);
    announcer.stop(TOTALS);
    expect(commands()).toEqual([]);
  });

  it("says started again at the next start, whatever the interval was", () => {
    const { announcer, ask, answer } = start([[A]]);
    ask(0);
    answer({}, 0);
    announcer.stop(TOTALS);
    answer({}, 1_000);
    announcer.start(2_000);
    expect(ask(2_000)).toMatchObject([{ url: A, event: "started" }]);
  });

  it("says started after the answer to stopped, when it was started again meanwhile", () => {
    const { announcer, ask, answer, commands } = start([[A]]);
    ask(0);
    answer({}, 0);
    announcer.stop(TOTALS);
    expect(commands()).toMatchObject([{ event: "stopped" }]);
    announcer.start(500);
    expect(ask(500)).toEqual([]);
    answer({}, 1_000);
    expect(ask(1_000)).toMatchObject([{ event: "started" }]);
  });

  it("forgets what is under way when nobody will answer", () => {
    const { announcer, ask, answer } = start([[A]]);
    ask(0);
    answer({}, 0);
    announcer.stop(TOTALS);
    announcer.abandon();
    expect(announcer.isStopping).toBe(false);
  });
});

describe("announcer to many", () => {
  const C = "https://c.example/announce";

  it.each([
    ["first", [A]],
    ["tiers", [A, C]],
    ["all", [A, B, C]],
  ] as const)("announces to the %s at once", (announceTo, wanted) => {
    const { announcer, ask } = start([[A], [C]], { announceTo });
    announcer.setTrackers([[A, B], [C]], TOTALS);
    const told = ask(0).map(({ url }) => url);
    if (announceTo === "all") expect(told.toSorted()).toEqual(wanted);
    else expect(told).toHaveLength(wanted.length);
  });

  it("keeps an interval for each", () => {
    const { announcer, ask } = start([[A], [B]], { announceTo: "tiers" });
    const [a, b] = ask(0);
    announcer.handleResult(a?.request ?? 0, success({ intervalSeconds: 100 }), 0);
    announcer.handleResult(b?.request ?? 0, success({ intervalSeconds: 200 }), 0);
    expect(ask(100_000)).toMatchObject([{ url: A }]);
    expect(ask(200_000)).toMatchObject([{ url: B }]);
  });
});

describe("announcer on two families", () => {
  it("tells each family everything once", () => {
    const { announcer, ask, commands } = start([[A]], { families: [4, 6] });
    const settle = (sent: readonly AnnounceCommand[]): void => {
      for (const { request } of sent) announcer.handleResult(request, success({}), 0);
    };
    const started = ask(0);
    expect(started).toMatchObject([
      { family: 4, event: "started" },
      { family: 6, event: "started" },
    ]);
    expect(started[0]?.key).toBe(started[1]?.key);
    settle(started);
    announcer.complete(0);
    const completed = ask(0);
    expect(completed.map(({ event }) => event)).toEqual(["completed", "completed"]);
    settle(completed);
    announcer.stop(TOTALS);
    expect(commands().map(({ family, event }) => [family, event])).toEqual([
      [4, "stopped"],
      [6, "stopped"],
    ]);
  });

  it("works when one family is absent or fails, and says nothing of it", () => {
    const { announcer, ask } = start([[A], [B]], { families: [4, 6] });
    const [four, six] = ask(0);
    const missing = { ...failure({ message: "no address" }), code: "tracker-no-address" } as const;
    expect(announcer.handleResult(six?.request ?? 0, missing, 0)?.event).toBeUndefined();
    announcer.handleResult(four?.request ?? 0, success({}), 0);
    expect(announcer.status(0)[0]).toMatchObject({
      state: "working",
      lastError: undefined,
      endpoints: [{ state: "working" }, { state: "absent", failures: 0, lastError: "no address" }],
    });
    expect(ask(HALF_HOUR_MS - 1)).toEqual([]);
  });

  it("goes on to the next tracker when both fail", () => {
    const { announcer, ask } = start([[A], [B]], { families: [4, 6] });
    const [four, six] = ask(0);
    expect(announcer.handleResult(four?.request ?? 0, failure({}), 0)?.event).toBeUndefined();
    expect(announcer.handleResult(six?.request ?? 0, failure({}), 0)?.event).toMatchObject({ url: A });
    expect(ask(0).map(({ url }) => url)).toEqual([B, B]);
  });
});

describe("announcer on command", () => {
  it("announces again as soon as min interval allows, or at once", () => {
    const { announcer, ask, answer } = start([[A]]);
    ask(0);
    answer({ minIntervalSeconds: 300 }, 0);
    announcer.reannounce({}, 10_000);
    expect(announcer.nextTimeout()).toBe(300_000);
    announcer.reannounce({ url: B, ignoreMinInterval: true }, 10_000);
    expect(ask(10_000)).toEqual([]);
    announcer.reannounce({ url: A, ignoreMinInterval: true }, 10_000);
    expect(ask(10_000)).toMatchObject([{ event: "none" }]);
  });

  it("asks again one that is backing off, or said never", () => {
    const { announcer, ask, fail } = start([[A]]);
    ask(0);
    fail({ retryInSeconds: Number.POSITIVE_INFINITY }, 0);
    expect(announcer.nextTimeout()).toBeUndefined();
    announcer.reannounce({}, 1_000);
    expect(ask(1_000)).toMatchObject([{ event: "started" }]);
  });

  it("adds, replaces and removes trackers, and takes leave of those that know us", () => {
    const { announcer, ask, answer, commands } = start([[A]]);
    ask(0);
    answer({}, 0);
    announcer.addTrackers([[B, A], [B]]);
    expect(announcer.urls).toEqual([[A], [B]]);
    announcer.setTrackers([[B], [A]], TOTALS);
    expect([commands(), announcer.status(0)[1]?.state]).toEqual([[], "working"]);
    announcer.removeTracker(A, TOTALS);
    expect(commands()).toMatchObject([{ url: A, event: "stopped", ...TOTALS }]);
    answer({}, 1);
    expect(ask(1)).toMatchObject([{ url: B, event: "started" }]);
  });

  it("takes leave of a removed tracker once it has answered", () => {
    const { announcer, ask, answer, commands } = start([[A]]);
    ask(0);
    announcer.setTrackers([], TOTALS);
    expect([commands(), announcer.urls]).toEqual([[], []]);
    answer({}, 1);
    expect(commands()).toMatchObject([{ url: A, event: "stopped" }]);
    expect(announcer.nextTimeout()).toBeUndefined();
  });

  it("keeps at most 200 trackers, and no endless URL", () => {
    const { announcer } = start([Array.from({ length: 300 }, (_, i) => `${A}${i}`), ["x".repeat(3_000)]]);
    expect(announcer.urls.map((tier) => tier.length)).toEqual([200]);
  });

  it("takes at most 200 peers of an answer", () => {
    const { ask, answer } = start([[A]]);
    ask(0);
    const peers = Array.from({ length: 5_000 }, (_, i) => makeEndpoint(`10.0.${i >> 8}.${i & 255}`, 6881));
    expect(answer({ peers }, 0)?.peers).toHaveLength(200);
  });

  it("shows what a scrape found", () => {
    const { announcer } = start([[A]]);
    announcer.handleScraped(B, { seeders: 9, leechers: 9, downloaded: 9, downloaders: undefined });
    announcer.handleScraped(A, failure({ message: "cannot" }));
    expect(announcer.status(0)).toMatchObject([{ scrapeError: "cannot", seeders: undefined }]);
    announcer.handleScraped(A, { seeders: 1, leechers: 2, downloaded: 3, downloaders: undefined });
    expect(announcer.status(0)).toMatchObject([{ scrapeError: undefined, seeders: 1, leechers: 2, completed: 3 }]);
  });
});

describe("a partial seed (BEP 21)", () => {
  it("says paused in every announce but its first, until it wants something again", () => {
    const { announcer, commands, answer } = start([[A]]);
    const ask = (isPartialSeed: boolean, now: number): readonly string[] => {
      announcer.handleTimeout({ ...TOTALS, isPartialSeed }, now);
      return commands().map(({ event }) => event);
    };
    const events = [true, true, false].flatMap((isPartialSeed, turn) => {
      const now = turn * 1_900_000;
      const said = ask(isPartialSeed, now);
      answer({}, now);
      return said;
    });
    expect(events).toEqual(["started", "paused", "none"]);
  });
});

interface StartOptions {
  readonly families?: readonly (4 | 6)[];
  readonly announceTo?: AnnounceTo;
}

function start(tiers: readonly (readonly string[])[], { families = [4], announceTo }: StartOptions = {}) {
  const { context, take } = makeContext({ families });
  const announcer = new Announcer(context, tiers, announceTo);
  let last = 0;
  const commands = (): readonly AnnounceCommand[] => {
    const sent = take().filter((output: SessionOutput) => output.type === "announce");
    last = sent.at(-1)?.request ?? last;
    return sent;
  };
  const ask = (now: number): readonly AnnounceCommand[] => {
    announcer.handleTimeout(TOTALS, now);
    return commands();
  };
  const answer = (fields: Partial<AnnounceResponse>, now: number) => {
    commands();
    return announcer.handleResult(last, success(fields), now);
  };
  const fail = (fields: FailureFields, now: number) => announcer.handleResult(last, failure(fields), now);
  announcer.start(0);
  return { announcer, ask, answer, fail, commands };
}

interface FailureFields {
  readonly message?: string;
  readonly retryInSeconds?: number;
}

function failure({ message = "no answer", retryInSeconds }: FailureFields) {
  return { ok: false, code: "tracker-timeout", message, retryInSeconds } as const;
}

function success(fields: Partial<AnnounceResponse>) {
  return { ok: true, response: response(fields), from: undefined } as const;
}
