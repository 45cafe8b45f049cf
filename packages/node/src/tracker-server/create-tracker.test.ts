import { connect } from "node:net";
import { infoHashFromBytes, makeEndpoint, makePeerId } from "@torrential/core";
import type { AnnounceCommand } from "@torrential/engine";
import type { SeenAnnounce } from "@torrential/protocol";
import { afterEach, describe, expect, it } from "vitest";
import type { UrlPolicy } from "../http/policy.ts";
import { TrackerTransport } from "../tracker/transport.ts";
import { createTracker, type CreateTrackerOptions, type Tracker } from "./create-tracker.ts";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

const INFO_HASH = new Uint8Array(20).fill(0xab);

describe("a tracker on real sockets", () => {
  it.each([
    ["http", "127.0.0.1", 4],
    ["udp", "127.0.0.1", 4],
    ["http", "::1", 6],
    ["udp", "::1", 6],
  ] as const)("serves our own client over %s at %s", async (scheme, address, family) => {
    const seen: SeenAnnounce[] = [];
    const tracker = await start({ onAnnounce: (announce) => seen.push(announce) });
    const url = tracker.urls(address).find((each) => each.startsWith(scheme)) ?? "";
    const client = transport();
    await client.announce(announceTo(url, family, { left: 0 }), { ...EXTRA, port: 1 });
    const result = await client.announce(announceTo(url, family), { ...EXTRA, port: 2 });
    expect(result).toMatchObject({
      ok: true,
      from: address,
      response: { seeders: 1, peers: [makeEndpoint(address, 1)] },
    });
    expect(seen.map(({ from, over }) => [from, over])).toEqual([
      [makeEndpoint(address, 1), scheme],
      [makeEndpoint(address, 2), scheme],
    ]);
    const scraped = await transport(() => undefined).scrape({
      type: "scrape",
      request: 1,
      url,
      infoHashes: [INFO_HASH, new Uint8Array(20)],
    });
    expect(scraped.ok && scraped.entries.get(infoHashFromBytes(INFO_HASH))).toMatchObject({ seeders: 1, leechers: 1 });
  });

  it("has no address of the other family when it is bound to one", async () => {
    const tracker = await start({ bind: "127.0.0.1" });
    const [url = ""] = tracker.urls("127.0.0.1");
    expect(await transport().announce(announceTo(url, 6), EXTRA)).toMatchObject({
      ok: false,
      code: "tracker-no-address",
    });
  });

  it("says which port it cannot have", async () => {
    const first = await start({ bind: "127.0.0.1" });
    await expect(createTracker({ bind: "127.0.0.1", port: first.port })).rejects.toMatchObject({
      code: "listen-failed",
      message: expect.stringContaining(String(first.port)),
    });
  });

  it("speaks no UDP when it is told not to", async () => {
    const tracker = await start({ udpPort: false });
    expect([tracker.udpPort, tracker.urls("127.0.0.1")]).toEqual([
      undefined,
      [`http://127.0.0.1:${tracker.port}/announce`],
    ]);
  });

  it.each([
    ["a POST", "POST /announce HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n", "405"],
    ["no HTTP", "hello\r\n\r\n", "400"],
    ["endless headers", `GET /announce HTTP/1.1\r\nhost: x\r\na: ${"b".repeat(20_000)}\r\n\r\n`, "431"],
    ["another path", "GET /rpc HTTP/1.1\r\nhost: x\r\n\r\n", "404"],
  ])("answers %s with a status", async (_, text, status) => {
    const tracker = await start({ bind: "127.0.0.1" });
    expect(await exchange(tracker.port, text)).toContain(`HTTP/1.1 ${status}`);
  });
});

const EXTRA = { peerId: makePeerId("-TO0100-", new Uint8Array(12).fill(120)), port: 6881 };

function announceTo(url: string, family: 4 | 6, change: Partial<AnnounceCommand> = {}): AnnounceCommand {
  const counters = { uploaded: 0, downloaded: 0, left: 3, numWant: 50, key: 7 };
  const command = { type: "announce", request: 1, url, family, infoHash: INFO_HASH, event: "started" } as const;
  return { ...command, trackerId: undefined, ...counters, ...change };
}

async function start(options: CreateTrackerOptions): Promise<Tracker> {
  const tracker = await createTracker(options);
  opened.push(tracker);
  return tracker;
}

/** By the rule of promise 7 but for scrapes of loopback, which it refuses. */
function transport(policy?: UrlPolicy): TrackerTransport {
  const made = new TrackerTransport(policy === undefined ? {} : { policy });
  opened.push(made);
  return made;
}

function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("latin1").on("error", reject);
    socket.on("data", (part: string) => {
      answer += part;
      socket.destroy();
      resolve(answer);
    });
  });
}
