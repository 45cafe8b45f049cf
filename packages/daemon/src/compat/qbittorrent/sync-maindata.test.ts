import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FakeService, makeTorrent } from "../../test-support/fake-service.ts";
import { Params } from "./params.ts";
import { type QbSession, QbSessions } from "./sessions.ts";
import { mainData } from "./sync-maindata.ts";
import { torrentsInfo } from "./torrents-info.ts";
import type { TorrentCreator } from "./torrent-creator.ts";

type Objects = Record<string, Record<string, unknown>>;

interface Answer {
  readonly rid: number;
  readonly full_update?: boolean;
  readonly torrents?: Objects;
  readonly torrents_removed?: readonly string[];
  readonly trackers?: Record<string, readonly string[]>;
  readonly trackers_removed?: readonly string[];
}

/** A client that keeps what it was told, as pages do. */
class Mirror {
  torrents: Objects = {};
  trackers: Record<string, readonly string[]> = {};
  #rid = 0;
  readonly #service: FakeService;
  readonly #session: QbSession;

  constructor(service: FakeService, session: QbSession) {
    this.#service = service;
    this.#session = session;
  }

  async poll({ isLost }: { readonly isLost: boolean }): Promise<Answer> {
    const answer = (await read(this.#service, this.#session, { rid: String(this.#rid) }, mainData)) as Answer;
    if (isLost) return answer;
    if (answer.full_update === true) [this.torrents, this.trackers] = [{}, {}];
    for (const hash of answer.torrents_removed ?? []) delete this.torrents[hash];
    for (const url of answer.trackers_removed ?? []) delete this.trackers[url];
    for (const [hash, changes] of Object.entries(answer.torrents ?? {}))
      this.torrents[hash] = { ...this.torrents[hash], ...changes };
    Object.assign(this.trackers, answer.trackers);
    this.#rid = answer.rid;
    return answer;
  }
}

async function read(
  service: FakeService,
  session: QbSession,
  params: Record<string, string>,
  handle: typeof mainData,
): Promise<unknown> {
  const request = { params: new Params(new Map(Object.entries(params))), files: [], session, isSudo: true };
  const { body } = await handle(request, { service: service.asService(), creator: {} as TorrentCreator });
  if (typeof body === "string") return JSON.parse(body);
  if (body instanceof Uint8Array) throw new Error("it is no text");
  let text = "";
  for await (const piece of body) text += piece;
  return JSON.parse(text);
}

function makeSession(service: FakeService): QbSession {
  const sessions = new QbSessions(service.asService());
  return sessions.of("test");
}

type Step =
  | { readonly type: "add" | "remove" | "rate"; readonly id: number }
  | { readonly type: "tracker"; readonly id: number; readonly url: string | undefined }
  | { readonly type: "poll"; readonly isLost: boolean };

const id = fc.integer({ min: 1, max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constantFrom("add" as const, "remove" as const, "rate" as const), id }),
  fc.record({ type: fc.constant("tracker" as const), id, url: fc.constantFrom("http://a/", "http://b/", undefined) }),
  fc.record({ type: fc.constant("poll" as const), isLost: fc.boolean() }),
);

function take(service: FakeService, change: Exclude<Step, { type: "poll" }>): void {
  const torrent = makeTorrent(change.id);
  const isThere = service.byHash.has(torrent.infoHash);
  if (change.type === "add" && !isThere) service.add(torrent);
  if (!isThere) return;
  if (change.type === "remove") service.remove(torrent.infoHash);
  if (change.type === "rate") service.change(torrent.infoHash, { upRate: service.revision });
  if (change.type === "tracker") service.change(torrent.infoHash, { tracker: change.url });
}

describe("sync/maindata", () => {
  it("keeps a client that merges its deltas at what the list says, replies lost or not", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const service = new FakeService([makeTorrent(1), makeTorrent(2)]);
        const session = makeSession(service);
        const mirror = new Mirror(service, session);
        for (const each of steps) await (each.type === "poll" ? mirror.poll(each) : take(service, each));
        await mirror.poll({ isLost: false });
        const list = (await read(service, session, {}, torrentsInfo)) as { hash: string; tracker: string }[];
        expect(mirror.torrents).toEqual(Object.fromEntries(list.map(({ hash, ...rest }) => [hash, rest])));
        const byTracker = Object.groupBy(list, ({ tracker }) => tracker);
        const sorted = Object.entries(mirror.trackers).map(([url, hashes]) => [url, hashes.toSorted()]);
        const expected = Object.entries(byTracker).filter(([url]) => url !== "");
        expect(Object.fromEntries(sorted)).toEqual(
          Object.fromEntries(expected.map(([url, of = []]) => [url, of.map(({ hash }) => hash).toSorted()])),
        );
      }),
    );
  });

  it("tells thousands piece by piece, and one change of them in a few bytes", async () => {
    const service = new FakeService(Array.from({ length: 2_000 }, (_, index) => makeTorrent(index + 1)));
    const mirror = new Mirror(service, makeSession(service));
    expect((await mirror.poll({ isLost: false })).full_update).toBe(true);
    expect(Object.keys(mirror.torrents)).toHaveLength(2_000);
    await mirror.poll({ isLost: false });
    const { infoHash } = makeTorrent(7);
    service.change(infoHash, { upRate: 5, state: "seeding" });
    const answer = await mirror.poll({ isLost: false });
    expect(answer).toEqual({ rid: 3, torrents: { [infoHash]: { state: "uploading", upspeed: 5 } } });
  });

  it("starts over for who is too far behind to be told what is gone", async () => {
    const service = new FakeService([]);
    const session = makeSession(service);
    const mirror = new Mirror(service, session);
    await mirror.poll({ isLost: false });
    for (let n = 1; n <= 10_001; n++) {
      service.add(makeTorrent(n));
      session.table.refresh();
      service.remove(makeTorrent(n).infoHash);
      session.table.refresh();
    }
    expect((await mirror.poll({ isLost: false })).full_update).toBe(true);
  });
});
