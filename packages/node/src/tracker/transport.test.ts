import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { encodeBencode, makeEndpoint, makePeerId } from "@torrential/core";
import type { AnnounceCommand } from "@torrential/engine";
import { afterEach, describe, expect, it } from "vitest";
import { TrackerTransport, type TrackerTransportOptions } from "./transport.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

const EXTRA = { peerId: makePeerId("-TO0100-", new Uint8Array(12).fill(120)), port: 6881 };
const COMPACT_PEER = Uint8Array.of(10, 0, 0, 1, 0x1a, 0xe1);

function announceTo(url: string, change: Partial<AnnounceCommand> = {}): AnnounceCommand {
  const counters = { uploaded: 1, downloaded: 2, left: 3, numWant: 50, key: 7 };
  return {
    type: "announce",
    request: 1,
    family: 4,
    url,
    infoHash: new Uint8Array(20).fill(0xab),
    event: "started",
    trackerId: undefined,
    ...counters,
    ...change,
  };
}

function transport(options: TrackerTransportOptions = {}): TrackerTransport {
  const made = new TrackerTransport(options);
  opened.push(() => made.close());
  return made;
}

async function httpTracker(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle).listen(0, "127.0.0.1");
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`;
}

/** A UDP tracker of BEP 15 that gives one peer; `silences` of its first datagrams stay unanswered. */
async function udpTracker(seen: Buffer[]): Promise<string> {
  const socket = createSocket("udp4");
  opened.push(() => socket.close());
  socket.on("message", (bytes, from) => {
    seen.push(bytes);
    const action = bytes.readUInt32BE(8);
    const head = Buffer.alloc(action === 0 ? 16 : 20);
    head.writeUInt32BE(action, 0);
    bytes.copy(head, 4, 12, 16);
    if (action === 1) head.writeUInt32BE(1800, 8);
    socket.send(action === 0 ? head : Buffer.concat([head, COMPACT_PEER]), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return `udp://127.0.0.1:${socket.address().port}/announce`;
}

describe("tracker transport over http", () => {
  it("announces and reads the peers", async () => {
    let asked = "";
    const url = await httpTracker((request, response) => {
      asked = request.url ?? "";
      response.end(encodeBencode({ interval: 900, peers: COMPACT_PEER }));
    });
    const result = await transport().announce(announceTo(`${url}?passkey=k`), EXTRA);
    expect(result).toMatchObject({
      ok: true,
      response: { intervalSeconds: 900, peers: [makeEndpoint("10.0.0.1", 6881)] },
    });
    expect(asked).toContain("/announce?passkey=k&info_hash=%AB%AB");
    expect(asked).toContain("event=started");
  });

  it.each([
    ["its own words", 200, encodeBencode({ "failure reason": "not registered" }), "tracker-failure", "not registered"],
    [
      "its own words under a bad status",
      403,
      encodeBencode({ "failure reason": "banned" }),
      "tracker-failure",
      "banned",
    ],
    ["a status alone", 502, new TextEncoder().encode("<html>secret</html>"), "tracker-failure", "502"],
    ["something unreadable", 200, new TextEncoder().encode("<html>secret</html>"), "tracker-invalid", ""],
  ])("fails with %s", async (_, status, body, code, words) => {
    const url = await httpTracker((_request, response) => response.writeHead(status).end(body));
    const result = await transport().announce(announceTo(url), EXTRA);
    expect(result).toMatchObject({ ok: false, code, message: expect.stringContaining(words) });
    expect(JSON.stringify(result)).not.toContain("secret");
  });

  it("does not ask a service on loopback that is no tracker", async () => {
    const url = await httpTracker((_request, response) => response.end());
    const result = await transport().announce(announceTo(url.replace("announce", "rpc")), EXTRA);
    expect(result).toMatchObject({ ok: false, code: "tracker-refused" });
  });

  it("gives up on a silent tracker, and on all when closed", async () => {
    const url = await httpTracker(() => {});
    expect(await transport({ completionMs: 30 }).announce(announceTo(url), EXTRA)).toMatchObject({
      ok: false,
      code: "tracker-timeout",
    });
    const trackers = transport();
    const waiting = Array.from({ length: 60 }, () => trackers.announce(announceTo(url), EXTRA));
    await trackers.close();
    expect((await Promise.all(waiting)).every((result) => !result.ok)).toBe(true);
  });

  it("asks at most fifty at a time", async () => {
    const held: ServerResponse[] = [];
    const urls = await Promise.all(
      Array.from({ length: 4 }, () => httpTracker((_request, response) => void held.push(response))),
    );
    const trackers = transport();
    const results = Array.from({ length: 60 }, (_, index) =>
      trackers.announce(announceTo(urls[index % 4] ?? ""), EXTRA),
    );
    let peak = 0;
    for (let answered = 0; answered < 60;) {
      await new Promise((resolve) => setImmediate(resolve));
      peak = Math.max(peak, held.length);
      for (const response of held.splice(0)) {
        response.end(encodeBencode({ interval: 900, peers: "" }));
        answered++;
      }
    }
    expect((await Promise.all(results)).every((result) => result.ok)).toBe(true);
    expect(peak).toBeLessThanOrEqual(50);
  });
});

describe("tracker transport among liars", () => {
  it("reads no body without end, and follows no redirect to another service of this machine", async () => {
    const endless = await httpTracker((_request, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on("drain", pour);
      pour();
    });
    expect(await transport().announce(announceTo(endless), EXTRA)).toMatchObject({
      ok: false,
      code: "tracker-invalid",
    });
    let asked = 0;
    const victim = await httpTracker((_request, response) => {
      asked++;
      response.end();
    });
    const location = victim.replace("/announce", "/rpc?method=shutdown");
    const luring = await httpTracker((_request, response) => response.writeHead(302, { location }).end());
    expect(await transport().announce(announceTo(luring), EXTRA)).toMatchObject({ ok: false, code: "tracker-refused" });
    expect(asked).toBe(0);
  });

  it("does not go in circles", async () => {
    let asked = 0;
    const url: string = await httpTracker((_request, response) => {
      asked++;
      response.writeHead(302, { location: "/announce" }).end();
    });
    expect(await transport().announce(announceTo(url), EXTRA)).toMatchObject({ ok: false, code: "tracker-refused" });
    expect(asked).toBeLessThanOrEqual(6);
  });

  it("says of a name that cannot be scraped that it cannot", async () => {
    const scrape = { type: "scrape", request: 1, infoHashes: [new Uint8Array(20)] } as const;
    const result = await transport().scrape({ ...scrape, url: "http://127.0.0.1:7000/tracker" });
    expect(result).toMatchObject({ ok: false, code: "tracker-failure" });
  });

  it("takes UDP answers only from the tracker's own address and transaction", async () => {
    const socket = createSocket("udp4");
    const stranger = createSocket("udp4");
    opened.push(() => socket.close());
    opened.push(() => stranger.close());
    socket.on("message", (bytes, from) => {
      const action = bytes.readUInt32BE(8);
      const head = Buffer.alloc(action === 0 ? 16 : 20);
      head.writeUInt32BE(action, 0);
      bytes.copy(head, 4, 12, 16);
      const wrong = Buffer.from(head);
      wrong.writeUInt32BE((wrong.readUInt32BE(4) ^ 1) >>> 0, 4);
      const lie = Buffer.concat([head, Buffer.alloc(60_000, 1)]);
      stranger.send(lie, from.port, from.address, () => {
        socket.send(wrong, from.port, from.address);
        socket.send(action === 0 ? head : Buffer.concat([head, COMPACT_PEER]), from.port, from.address);
      });
    });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const url = `udp://127.0.0.1:${socket.address().port}/announce`;
    expect(await transport().announce(announceTo(url), EXTRA)).toMatchObject({
      ok: true,
      response: { peers: [makeEndpoint("10.0.0.1", 6881)] },
    });
  });
});

describe("tracker transport over udp", () => {
  it("announces to several trackers through one socket", async () => {
    const seen: Buffer[] = [];
    const urls = [await udpTracker(seen), await udpTracker(seen)];
    const trackers = transport();
    const results = await Promise.all(urls.map((url) => trackers.announce(announceTo(url), EXTRA)));
    for (const result of results)
      expect(result).toMatchObject({
        ok: true,
        response: { intervalSeconds: 1800, peers: [makeEndpoint("10.0.0.1", 6881)] },
      });
    expect(seen.filter((bytes) => bytes.length >= 98).map((bytes) => bytes.readUInt16BE(96))).toEqual([6881, 6881]);
  });

  it("gives up on a silent tracker", async () => {
    const silent = createSocket("udp4").bind(0, "127.0.0.1");
    opened.push(() => silent.close());
    await once(silent, "listening");
    const result = await transport({ completionMs: 30 }).announce(
      announceTo(`udp://127.0.0.1:${silent.address().port}/announce`),
      EXTRA,
    );
    expect(result).toMatchObject({ ok: false, code: "tracker-timeout" });
  });

  it.each([
    ["udp://127.0.0.1:9/", "tracker-refused"],
    ["udp://127.0.0.1:7000/admin", "tracker-refused"],
    ["udp://169.254.169.254:80/announce", "tracker-refused"],
    ["udp://127.0.0.1/announce", "tracker-invalid"],
    ["wss://127.0.0.1/announce", "tracker-refused"],
    ["nonsense", "tracker-refused"],
  ])("refuses %s", async (url, code) => {
    expect(await transport().announce(announceTo(url), EXTRA)).toMatchObject({ ok: false, code });
  });
});
