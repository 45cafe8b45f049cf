/** Event streams over real connections. */
import { ApiClient, type ApiEvent, applyToView, EMPTY_VIEW, type EventsOptions, type ViewState } from "@torrential/api";
import { describe, expect, it } from "vitest";
import type { HistoryEvent } from "../../service/changes.ts";
import { makeTorrent } from "../../test-support/fake-service.ts";
import { HttpWorld } from "../../test-support/http-world.ts";

/** Reads a stream and keeps what came. */
class Listener implements AsyncDisposable {
  readonly events: ApiEvent[] = [];
  view: ViewState = EMPTY_VIEW;
  error: unknown;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;

  constructor(world: HttpWorld, options: Omit<EventsOptions, "signal"> = {}, fetch?: typeof globalThis.fetch) {
    const client = new ApiClient({ url: world.url, token: world.rootToken, ...(fetch === undefined ? {} : { fetch }) });
    this.#done = this.#read(client.events({ ...options, signal: this.#abort.signal }));
  }

  get streamId(): string {
    return this.events.find((event) => event.type === "hello")?.streamId ?? "";
  }

  of<Type extends ApiEvent["type"]>(type: Type): Extract<ApiEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<ApiEvent, { type: Type }> => event.type === type);
  }

  async until(isDone: () => boolean): Promise<void> {
    await expect.poll(isDone, { timeout: 30_000 }).toBe(true);
  }

  async #read(events: AsyncIterable<ApiEvent>): Promise<void> {
    try {
      for await (const event of events) {
        this.events.push(event);
        this.view = applyToView(this.view, event);
      }
    } catch (error) {
      this.error = error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }
}

/** With a connection. */
async function streams(world: HttpWorld): Promise<number> {
  const { text } = await world.ask({ path: "/metrics", headers: world.bearer });
  return Number(/^torrential_event_streams (\d+)$/m.exec(text)?.[1]);
}

const hashes = (...ids: number[]): string[] => ids.map((id) => makeTorrent(id).infoHash);

const eventOf = (id: number, more = ""): HistoryEvent => ({
  id,
  atMs: id,
  level: "info",
  type: "added",
  infoHash: undefined,
  message: `event ${id}${more}`,
});

/** Notes what would cut each connection. */
function cutting(connections: AbortController[]): typeof fetch {
  return (url, init) => {
    const abort = new AbortController();
    connections.push(abort);
    const signal = AbortSignal.any([abort.signal, ...(init?.signal ? [init.signal] : [])]);
    return fetch(url, { ...init, signal });
  };
}

/** What came until it is enough; then the connection ends. */
async function readUntil(reply: Response, isEnough: (text: string) => boolean): Promise<string> {
  const reader = reply.body?.getReader();
  let text = "";
  while (!isEnough(text)) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (done) throw new Error(`the stream ended with ${text.slice(-500)}`);
    text += new TextDecoder().decode(value);
  }
  await reader?.cancel();
  return text;
}

describe("event streams", () => {
  it("show a window of the list, then only what changes in it", async () => {
    await using world = await HttpWorld.start();
    const viewport = { sort: "name", limit: 2, fields: ["name", "downRate"] } as const;
    await using listener = new Listener(world, { topics: ["torrents"], viewport });
    await listener.until(() => listener.of("view").length === 1);
    expect(listener.view).toMatchObject({ total: 3, order: hashes(1, 2) });
    world.service.change(makeTorrent(3).infoHash, { downRate: 7 });
    world.service.change(makeTorrent(1).infoHash, { uploadedBytes: 7 });
    world.service.change(makeTorrent(1).infoHash, { downRate: 9 });
    await listener.until(() => listener.of("delta").length === 1);
    expect(listener.of("delta")).toEqual([
      { type: "delta", revision: 4, total: 3, rows: [{ infoHash: hashes(1)[0], downRate: 9 }] },
    ]);
  });

  it("follow who comes into the window, and who leaves it", async () => {
    await using world = await HttpWorld.start();
    await using listener = new Listener(world, { topics: ["torrents"], viewport: { sort: "-downRate", limit: 2 } });
    await listener.until(() => listener.of("view").length === 1);
    world.service.change(makeTorrent(1).infoHash, { downRate: 100 });
    world.service.change(makeTorrent(3).infoHash, { downRate: 50, comment: "hello" });
    await listener.until(() => listener.view.order.join() === hashes(1, 3).join());
    expect(listener.view.rows.get(hashes(3)[0] ?? "")).toMatchObject({
      name: "torrent 3",
      downRate: 50,
      comment: "hello",
    });
    world.service.change(makeTorrent(3).infoHash, { comment: undefined });
    await listener.until(() => !("comment" in (listener.view.rows.get(hashes(3)[0] ?? "") ?? {})));
    world.service.remove(makeTorrent(1).infoHash);
    world.service.add(makeTorrent(8, { downRate: 60 }));
    await listener.until(() => listener.view.order.join() === hashes(8, 3).join());
    expect([...listener.view.rows.keys()]).toEqual(hashes(8, 3));
  });

  it("show all who look at the same the same, whoever comes later or goes", async () => {
    await using world = await HttpWorld.start();
    const options = { topics: ["torrents"], viewport: { sort: "-downRate", limit: 2 } } as const;
    await using first = new Listener(world, { ...options, topics: [...options.topics] });
    await first.until(() => first.of("view").length === 1);
    world.service.change(makeTorrent(3).infoHash, { downRate: 50 });
    await first.until(() => first.view.order[0] === hashes(3)[0]);
    await using second = new Listener(world, { topics: ["torrents"], viewport: { limit: 2, sort: "-downRate" } });
    await second.until(() => second.of("view").length === 1);
    expect([second.view.order, second.view.total]).toEqual([first.view.order, first.view.total]);
    world.service.change(makeTorrent(2).infoHash, { downRate: 70, comment: "hello" });
    for (const listener of [first, second]) {
      await listener.until(() => listener.view.order.join() === hashes(2, 3).join());
      expect(listener.view.rows.get(hashes(2)[0] ?? "")).toMatchObject({ downRate: 70, comment: "hello" });
    }
    await first[Symbol.asyncDispose]();
    world.service.change(makeTorrent(1).infoHash, { downRate: 90 });
    await second.until(() => second.view.order.join() === hashes(1, 2).join());
  });

  it("tell what became of a torrent between its coming and the batch that says so", async () => {
    await using world = await HttpWorld.start();
    world.service.byHash.set(makeTorrent(5).infoHash, makeTorrent(5));
    await using listener = new Listener(world, { topics: ["torrents"], viewport: {} });
    await listener.until(() => listener.view.order.length === 4);
    world.service.add(makeTorrent(5, { isComplete: true }));
    await listener.until(() => listener.view.rows.get(hashes(5)[0] ?? "")?.isComplete === true);
  });

  it("show another window when asked", async () => {
    await using world = await HttpWorld.start();
    await using listener = new Listener(world, { topics: ["torrents"] });
    await listener.until(() => listener.streamId !== "");
    const path = `/api/v1/events/${listener.streamId}/viewport`;
    expect((await world.json("PUT", path, { offset: 1, limit: 5 })).status).toBe(204);
    await listener.until(() => listener.view.order.length === 2);
    expect(listener.view).toMatchObject({ offset: 1, total: 3, order: hashes(2, 3) });
    expect((await world.json("PUT", path, { sort: "nonsense" })).status).toBe(400);
    expect((await world.json("PUT", "/api/v1/events/0123456789abcdef/viewport", {})).status).toBe(404);
  });

  it("go on where a lost connection was", async () => {
    await using world = await HttpWorld.start();
    const connections: AbortController[] = [];
    const cuttable = cutting(connections);
    await using listener = new Listener(world, { topics: ["history", "torrents"], viewport: {} }, cuttable);
    await listener.until(() => listener.of("view").length === 1);
    const record = (id: number): void => world.service.record(eventOf(id));
    record(1);
    await listener.until(() => listener.of("history").length === 1);
    connections[0]?.abort();
    record(2);
    world.service.change(makeTorrent(1).infoHash, { downRate: 5 });
    record(3);
    await listener.until(() => listener.of("history").length === 3);
    expect(listener.of("history").map(({ event }) => event.id)).toEqual([1, 2, 3]);
    expect(listener.of("hello").map(({ isResumed }) => isResumed)).toEqual([false, true]);
    expect(listener.view.rows.get(hashes(1)[0] ?? "")).toMatchObject({ downRate: 5 });
    expect(listener.of("view").length).toBe(1);
  });

  it("tell a stranger's id everything anew, and what happened since", async () => {
    await using world = await HttpWorld.start();
    for (const id of [1, 2, 3]) {
      world.service.record({ id, atMs: id, level: "info", type: "added", infoHash: undefined, message: "x" });
    }
    const reply = await fetch(`${world.url}/api/v1/events?topics=history,torrents`, {
      headers: { ...world.bearer, "last-event-id": "00000000000000000000000000000000.7.1" },
    });
    const reader = reply.body?.getReader();
    let text = "";
    while (!text.includes('"id":3')) text += new TextDecoder().decode((await reader?.read())?.value);
    expect(text).toContain('"isResumed":false');
    expect(text).not.toContain('"id":1,');
    await reader?.cancel();
  });

  it("lose nothing when a connection ends right behind its first event", async () => {
    await using world = await HttpWorld.start();
    const connections: AbortController[] = [];
    const cuttable = cutting(connections);
    await using listener = new Listener(world, { topics: ["history"] }, cuttable);
    await listener.until(() => listener.of("hello").length === 1);
    const id = `${listener.streamId}.0.0`;
    world.service.record(eventOf(1));
    await listener.until(() => listener.of("history").length === 1);
    // As if it had never arrived: the connection that comes back for it brings its hello, and breaks.
    const headers = { ...world.bearer, "last-event-id": id };
    const hello = await readUntil(await fetch(`${world.url}/api/v1/events?topics=history`, { headers }), (text) =>
      text.includes("event: hello"),
    );
    const again = /^id: (\S+)$/m.exec(hello)?.[1] ?? "";
    const text = await readUntil(
      await fetch(`${world.url}/api/v1/events?topics=history`, {
        headers: { ...world.bearer, "last-event-id": again },
      }),
      (read) => read.includes("event: history"),
    );
    expect(text).toContain('"isResumed":true');
    expect(text).toContain("event 1");
  });

  it("tell all that happened meanwhile, however much it is", async () => {
    await using world = await HttpWorld.start();
    for (let id = 1; id <= 1_300; id++) world.service.events.push(eventOf(id));
    const connections: AbortController[] = [];
    await using listener = new Listener(world, { topics: ["history"] }, (url, init) => {
      const headers = new Headers(init?.headers);
      if (connections.length === 0) headers.set("last-event-id", "00000000000000000000000000000000.7.1");
      return cutting(connections)(url, { ...init, headers });
    });
    await listener.until(() => listener.of("history").length >= 1_299);
    expect(listener.of("history").map(({ event }) => event.id)).toEqual(
      Array.from({ length: 1_299 }, (_, index) => index + 2),
    );
  });

  it("go on after a restart, and after more than is kept", async () => {
    await using first = await HttpWorld.start();
    first.service.record(eventOf(1));
    const open = (world: HttpWorld, lastEventId?: string): Promise<Response> =>
      fetch(`${world.url}/api/v1/events?topics=history,session`, {
        headers: { ...world.bearer, ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) },
      });
    const seen = await readUntil(await open(first), (text) => text.includes("event: session"));
    const last =
      seen
        .match(/^id: \S+$/gm)
        ?.at(-1)
        ?.slice(4) ?? "";
    for (let id = 2; id <= 4_000; id++) first.service.record(eventOf(id, "x".repeat(100)));
    await using second = await HttpWorld.start();
    second.service.events.push(...first.service.events);
    for (const world of [first, second]) {
      const text = await readUntil(await open(world, last), (read) => read.includes('"id":3,'));
      expect(text).toContain('"isResumed":false');
      expect(text).toContain("event: session");
      expect(text).toContain('"id":2,');
      expect(text).not.toContain('"id":1,');
    }
  });

  it("bring a window that is longer than any queue", async () => {
    await using world = await HttpWorld.start();
    for (let id = 4; id <= 1_000; id++) world.service.add(makeTorrent(id, { comment: "x".repeat(1_000) }));
    const connections: AbortController[] = [];
    await using listener = new Listener(world, { viewport: { limit: 500 } }, cutting(connections));
    await listener.until(() => listener.view.order.length === 500 && listener.of("counts").length > 0);
    world.service.change(makeTorrent(7).infoHash, { downRate: 77 });
    await listener.until(() => listener.view.rows.get(hashes(7)[0] ?? "")?.downRate === 77);
    expect(connections.length).toBeLessThan(4);
  });

  it("are sixteen at most, and those without a connection make room", async () => {
    await using world = await HttpWorld.start();
    const open = (): Promise<Response> => fetch(`${world.url}/api/v1/events?topics=session`, { headers: world.bearer });
    const replies = await Promise.all(Array.from({ length: 16 }, open));
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    const refused = await open();
    expect(refused.status).toBe(429);
    await refused.body?.cancel();
    await replies[0]?.body?.cancel();
    await expect
      .poll(
        async () => {
          const next = await open();
          if (next.status === 200) replies.push(next);
          else await next.body?.cancel();
          return next.status;
        },
        { timeout: 30_000 },
      )
      .toBe(200);
    for (const reply of replies) await reply.body?.cancel().catch(() => undefined);
  });

  it("end with the login or the token that opened them", async () => {
    await using world = await HttpWorld.start();
    await world.setPassword();
    const cookie = await world.logIn();
    const { body } = await world.json("POST", "/api/v1/auth/tokens", { name: "r", scope: "read" });
    const { id, token } = body as { id: string; token: string };
    const open = async (headers: Record<string, string>): Promise<string> => {
      const reply = await fetch(`${world.url}/api/v1/events?topics=session`, { headers });
      expect(reply.status).toBe(200);
      return reply.text().catch(() => "cut");
    };
    const bySession = open({ cookie });
    const byToken = open({ authorization: `Bearer ${token}` });
    const sessions = await world.json("GET", "/api/v1/auth/sessions");
    const [session] = sessions.body as [{ id: string }];
    await expect.poll(() => streams(world), { timeout: 30_000 }).toBe(2);
    expect((await world.json("DELETE", `/api/v1/auth/tokens/${id}`)).status).toBe(204);
    expect(await byToken).toBe("cut");
    await expect.poll(() => streams(world), { timeout: 30_000 }).toBe(1);
    expect((await world.json("DELETE", `/api/v1/auth/sessions/${session.id}`)).status).toBe(204);
    expect(await bySession).toBe("cut");
  });

  it("keep the log to those who may read it", async () => {
    await using world = await HttpWorld.start();
    const { body } = await world.json("POST", "/api/v1/auth/tokens", { name: "r", scope: "read" });
    const headers = { authorization: `Bearer ${String(Object(body).token)}` };
    const reply = await fetch(`${world.url}/api/v1/events?topics=log,session`, { headers });
    const reader = reply.body?.getReader();
    let text = "";
    while (!text.includes("event: session")) text += new TextDecoder().decode((await reader?.read())?.value);
    await world.tryLogin("a wrong password");
    world.service.tell({ topics: new Set(["session"]) });
    while (text.split("event: session").length < 3) text += new TextDecoder().decode((await reader?.read())?.value);
    expect(text).not.toContain("event: log");
    await reader?.cancel();
  });
});
