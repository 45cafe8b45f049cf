import { infoHashFromBytes, infoHashV2FromBytes, sha1, sha256 } from "@torrential/core";
import { type MetadataMessage, METADATA_PIECE_LENGTH, PeerError } from "@torrential/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makePayload, seededRandom } from "../test-support/context.ts";
import { type FetchVerdict, MetadataFetch } from "./fetch.ts";

const INFO = makePayload(5 * METADATA_PIECE_LENGTH + 100);
const V1 = infoHashFromBytes(sha1(INFO));
const V2 = infoHashV2FromBytes(sha256(INFO));

function start(hashes: ConstructorParameters<typeof MetadataFetch>[0] = { infoHashV1: V1, infoHashV2: undefined }) {
  return new MetadataFetch(hashes);
}

function dataOf(info: Uint8Array, piece: number): Extract<MetadataMessage, { type: "data" }> {
  const begin = piece * METADATA_PIECE_LENGTH;
  const bytes = info.subarray(begin, begin + METADATA_PIECE_LENGTH);
  return { type: "data", piece, totalBytes: info.length, bytes };
}

/** Answers requests from what each peer has until the fetch is over or asks nobody. Returns the verdicts that say something. */
function serve(fetch: MetadataFetch, has: ReadonlyMap<number, Uint8Array>, now = 0): FetchVerdict[] {
  const verdicts: FetchVerdict[] = [];
  for (;;) {
    const requests = fetch.takeRequests(now);
    if (requests.length === 0) return verdicts;
    for (const { peer, piece } of requests) {
      const info = has.get(peer);
      if (info === undefined) continue;
      const verdict = fetch.handleMessage(peer, dataOf(info, piece), now);
      if (verdict.type === "waiting") continue;
      verdicts.push(verdict);
      if (verdict.type === "failed") for (const guilty of verdict.guilty) fetch.handleGone(guilty);
      break;
    }
  }
}

describe("fetching metadata", () => {
  it("asks one peer for all, and passes what has the hash", () => {
    const fetch = start();
    fetch.handleLength(1, INFO.length);
    expect(fetch.takeRequests(0).map(({ piece }) => piece)).toEqual([0, 1, 2, 3, 4, 5]);
    for (let piece = 5; piece > 0; piece--) expect(fetch.handleMessage(1, dataOf(INFO, piece), 0).type).toBe("waiting");
    expect([fetch.receivedBytes, fetch.totalBytes]).toEqual([INFO.length - METADATA_PIECE_LENGTH, INFO.length]);
    expect(fetch.handleMessage(1, dataOf(INFO, 0), 0)).toEqual({ type: "passed", bytes: INFO, guilty: [] });
    expect(fetch.takeRequests(0)).toEqual([]);
  });

  it("spreads a large one over peers, 32 requests each", () => {
    const fetch = start();
    for (const peer of [1, 2, 3]) fetch.handleLength(peer, 100 * METADATA_PIECE_LENGTH);
    const requests = fetch.takeRequests(0);
    expect(requests.filter(({ peer }) => peer === 2).map(({ piece }) => piece)).toEqual(
      Array.from({ length: 32 }, (_, index) => 32 + index),
    );
    expect(requests.length).toBe(96);
  });

  it("checks v2's hash, and both for a hybrid link", () => {
    const only = start({ infoHashV1: undefined, infoHashV2: V2 });
    only.handleLength(1, INFO.length);
    expect(serve(only, new Map([[1, INFO]]))).toMatchObject([{ type: "passed" }]);
    const wrong = start({ infoHashV1: V1, infoHashV2: infoHashV2FromBytes(new Uint8Array(32)) });
    wrong.handleLength(1, INFO.length);
    expect(serve(wrong, new Map([[1, INFO]]))).toEqual([{ type: "contradiction" }]);
  });

  it("blames the only sender of what is wrong at once", () => {
    const fetch = start();
    fetch.handleLength(1, INFO.length);
    expect(serve(fetch, new Map([[1, spoil(INFO, 3)]]))).toEqual([{ type: "failed", guilty: [1] }]);
  });

  it("finds the liar among honest peers, and no other", () => {
    const fetch = start();
    const bad = makePayload(40 * METADATA_PIECE_LENGTH);
    const good = bad.slice();
    const own = new MetadataFetch({ infoHashV1: infoHashFromBytes(sha1(good)), infoHashV2: undefined });
    const has = new Map([
      [1, good],
      [2, spoil(bad, 35)],
      [3, good],
    ]);
    for (const peer of has.keys()) own.handleLength(peer, good.length);
    const verdicts = serve(own, has);
    const guilty = verdicts.flatMap((verdict) =>
      verdict.type === "contradiction" || verdict.type === "waiting" ? [] : verdict.guilty,
    );
    expect(verdicts.at(-1)?.type).toBe("passed");
    expect(guilty).toEqual([2]);
    expect(fetch.totalBytes).toBeUndefined();
  });

  it("takes the length that most name, and puts out who named another", () => {
    const fetch = start();
    fetch.handleLength(9, 1_000_000);
    fetch.handleLength(1, INFO.length);
    fetch.handleLength(2, INFO.length);
    const has = new Map([
      [1, INFO],
      [2, INFO],
    ]);
    expect(serve(fetch, has)).toMatchObject([{ type: "passed", guilty: [9] }]);
  });

  it("asks others for what a peer rejects, leaves unanswered, or takes with it", () => {
    const fetch = start();
    fetch.handleLength(1, INFO.length);
    fetch.takeRequests(0);
    fetch.handleLength(2, INFO.length);
    expect(fetch.takeRequests(0)).toEqual([]);
    fetch.handleMessage(1, { type: "reject", piece: 4 }, 0);
    expect(fetch.takeRequests(0)).toEqual([{ peer: 2, piece: 4 }]);
    fetch.handleSecond(10_000);
    expect(fetch.takeRequests(10_000)).toEqual([]);
    expect(fetch.takeRequests(20_000).length).toBe(6);
    fetch.handleGone(1);
    expect(new Set(fetch.takeRequests(20_000).map(({ peer }) => peer))).toEqual(new Set([2]));
  });

  it("asks an idle peer too for what another lets wait", () => {
    const fetch = start();
    fetch.handleLength(1, INFO.length);
    fetch.takeRequests(0);
    fetch.handleLength(2, INFO.length);
    expect(fetch.takeRequests(1_999)).toEqual([]);
    expect(fetch.takeRequests(2_000).map(({ peer }) => peer)).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it.each([
    ["was never asked for", dataOf(INFO, 0), false],
    ["is of metadata of another length", { ...dataOf(INFO, 0), totalBytes: 16_384 }, true],
    ["is too short", { ...dataOf(INFO, 0), bytes: new Uint8Array(10) }, true],
  ] as const)("takes a piece for a breach that %s", (_, message, isAsked) => {
    const fetch = start();
    fetch.handleLength(1, INFO.length);
    if (isAsked) fetch.takeRequests(0);
    expect(() => fetch.handleMessage(1, message, 0)).toThrow(PeerError);
  });

  it("takes more than 30 MiB, or a second length, for a breach", () => {
    const fetch = start();
    expect(() => fetch.handleLength(1, 30 * 1024 * 1024 + 1)).toThrow(/at most/);
    fetch.handleLength(1, 10);
    expect(() => fetch.handleLength(1, 11)).toThrow(/10 before/);
  });

  it("ends with the right bytes while one honest peer is there, whatever others send", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 6 }), (seed, liars) => {
        const random = seededRandom(seed);
        const fetch = start();
        const has = new Map([[0, INFO]]);
        for (let peer = 1; peer <= liars; peer++) {
          const length = random() < 0.3 ? 1 + Math.floor(random() * 200_000) : INFO.length;
          has.set(peer, length === INFO.length ? spoil(INFO, Math.floor(random() * 6)) : makePayload(length));
        }
        for (const [peer, info] of [...has].toSorted(() => random() - 0.5)) fetch.handleLength(peer, info.length);
        const verdicts = serve(fetch, has);
        expect(verdicts.at(-1)).toMatchObject({ type: "passed", bytes: INFO });
        const guilty = verdicts.flatMap((verdict) => ("guilty" in verdict ? verdict.guilty : []));
        expect(guilty).not.toContain(0);
      }),
      { numRuns: 50 },
    );
  });
});

function spoil(info: Uint8Array, piece: number): Uint8Array {
  const bad = info.slice();
  const at = piece * METADATA_PIECE_LENGTH + 7;
  bad[at] = (bad[at] ?? 0) ^ 0xff;
  return bad;
}
