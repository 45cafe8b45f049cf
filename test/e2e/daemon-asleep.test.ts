/** Seeds that nobody is connected to sleep (docs/internals/many-torrents.md): nobody who asks for something may notice. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiClient, HistoryEvent, Torrent } from "@torrential/api";
import { DaemonProcess } from "../support/daemon-process.ts";
import { type Fixture, makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { leech } from "../support/raw-leech.ts";
import { encodeHandshake } from "../support/raw-wire.ts";
import { TestTracker } from "../support/tracker.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB } from "./setup.ts";

const PIECE = 16 * KIB;
const NAMES = ["visited", "dialled", "read", "checked", "damaged", "moved", "chosen", "limited"] as const;

describe("a seed that sleeps", () => {
  const folder = new TestFolder("asleep");
  const fixtures = new Map<string, Fixture>();
  let tracker: TestTracker;
  let daemon: DaemonProcess;
  let client: ApiClient;
  let port: number;

  function fixture(name: (typeof NAMES)[number]): Fixture {
    const found = fixtures.get(name);
    if (found === undefined) throw new Error(`no fixture ${name}`);
    return found;
  }

  beforeAll(async () => {
    tracker = await TestTracker.start("127.0.0.1");
    daemon = await DaemonProcess.start({ stateDir: folder.at("state"), downloadDir: folder.path });
    client = daemon.client;
    for (const name of NAMES) {
      const files = [
        { path: ["a.bin"], lengthBytes: 3 * PIECE },
        { path: ["b.bin"], lengthBytes: 2 * PIECE + 5 },
      ];
      const announce = name === "dialled" ? { announce: tracker.url } : {};
      const made = makeFixture(folder.folder(name), { name, pieceLength: PIECE, files, ...announce });
      fixtures.set(name, made);
      const source = { type: "file", base64: made.torrentBytes.toString("base64") } as const;
      await client.call("addTorrents", { body: { sources: [source], options: { folder: made.dataDir } } });
    }
    port = (await client.call("showSession", {})).listenPort;
    await untilAsleep(NAMES.length);
  }, 120_000);

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await tracker[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function countAsleep(): Promise<number> {
    return (await client.call("showSession", {})).sleepingTorrents;
  }

  async function untilAsleep(count: number): Promise<void> {
    let now = -1;
    await waitFor(async () => (now = await countAsleep()) === count, {
      what: () => `${count} sleep; ${now} do`,
      deadlineMs: 60_000,
    });
  }

  function show({ infoHash }: Fixture): Promise<Torrent> {
    return client.call("showTorrent", { params: { ref: infoHash } });
  }

  function history({ infoHash }: Fixture): Promise<readonly HistoryEvent[]> {
    return client.call("listTorrentHistory", { params: { ref: infoHash }, query: {} });
  }

  /** By a handshake of ours, at the port where peers come in. */
  function visit(torrent: Fixture): ReturnType<typeof leech> {
    return leech(torrent, { address: "127.0.0.1", port });
  }

  it("is read as if it were awake, and sleeps on", async () => {
    const torrent = fixture("read");
    const params = { ref: torrent.infoHash };
    expect(await show(torrent)).toMatchObject({ state: "seeding", piecesHave: 6, pieceCount: 6, progress: 1 });
    expect(await client.call("listFiles", { params })).toMatchObject([{ progress: 1 }, { progress: 1 }]);
    expect(await client.call("listPeers", { params })).toEqual([]);
    expect(await client.call("showPieces", { params })).toMatchObject({ count: 6 });
    expect(await client.call("listTrackers", { params, query: {} })).toEqual([]);
    expect(await client.call("explainTorrent", { params })).toMatchObject([{ direction: "up", code: "no-peers" }]);
    expect((await client.call("readMetainfo", { params })).length).toBeGreaterThan(100);
    await client.call("updateTorrent", { params, body: { tags: ["kept"], peersMax: 7, isSequential: true } });
    expect([(await show(torrent)).peersMax, await countAsleep()]).toEqual([7, NAMES.length]);
  });

  it("is woken by who reads a file of it, and sleeps again", async () => {
    const torrent = fixture("read");
    const path = `${daemon.url}/api/v1/torrents/${torrent.infoHash}/files/1/content`;
    const headers = { authorization: `Bearer ${daemon.token}`, range: "bytes=10-29" };
    const response = await fetch(path, { headers });
    const truth = readFileSync(join(torrent.dataDir, "read", "b.bin")).subarray(10, 30);
    expect([response.status, Buffer.from(await response.arrayBuffer())]).toEqual([206, truth]);
    await untilAsleep(NAMES.length);
  });

  it("is woken to be hashed, and says what is true", async () => {
    const [good, bad] = [fixture("checked"), fixture("damaged")];
    const file = join(bad.dataDir, "damaged", "a.bin");
    writeFileSync(file, readFileSync(file).fill(0, 0, 10));
    const refs = [good.infoHash, bad.infoHash];
    await client.call("actOnTorrents", { body: { refs, action: "recheck" } });
    const checks = async (torrent: Fixture): Promise<number> =>
      (await history(torrent)).filter(({ type }) => type === "checked").length;
    await waitFor(async () => (await checks(good)) + (await checks(bad)) === 2, { what: "both were hashed" });
    await waitFor(async () => (await show(bad)).state === "downloading", { what: "the damage is seen" });
    expect([(await show(good)).state, (await show(bad)).piecesHave]).toEqual(["seeding", 5]);
    await untilAsleep(NAMES.length - 1);
  });

  it("is woken to be moved, and is served from where it lies then", async () => {
    const torrent = fixture("moved");
    const target = folder.folder("elsewhere");
    const body = { refs: [torrent.infoHash], action: "move", folder: target, moveData: true } as const;
    await client.call("actOnTorrents", { body });
    await waitFor(async () => (await show(torrent)).currentFolder === target, { what: "it is elsewhere" });
    expect(existsSync(join(torrent.dataDir, "moved", "a.bin"))).toBe(false);
    await untilAsleep(NAMES.length - 1);
    await client.call("renamePath", {
      params: { ref: torrent.infoHash },
      body: { from: "moved/b.bin", to: "moved/c.bin" },
    });
    expect(existsSync(join(target, "moved", "c.bin"))).toBe(true);
    await untilAsleep(NAMES.length - 1);
    expect(await visit(torrent)).toMatchObject({ passedPieces: 6, failedPieces: 0 });
  });

  it("is woken to want fewer files, and has them all the same", async () => {
    const torrent = fixture("chosen");
    const params = { ref: torrent.infoHash };
    await client.call("updateFiles", { params, body: { priorities: { 1: 0 } } });
    await waitFor(async () => (await show(torrent)).wantedBytes === 3 * PIECE, { what: "less is wanted" });
    expect(await visit(torrent)).toMatchObject({ passedPieces: 6, failedPieces: 0 });
  });

  it("keeps to a limit that it was given asleep", async () => {
    const torrent = fixture("limited");
    const rate = 20 * KIB;
    const before = await countAsleep();
    await client.call("updateTorrent", { params: { ref: torrent.infoHash }, body: { limits: { up: rate } } });
    expect(await countAsleep()).toBe(before);
    const { bytes, seconds } = await visit(torrent);
    expect([bytes, seconds > (0.5 * bytes) / rate]).toEqual([torrent.lengthBytes, true]);
  });

  it("is woken by a peer that its tracker names, though nobody woke it to announce", async () => {
    const torrent = fixture("dialled");
    const before = await countAsleep();
    const announces = (): number => tracker.announcesOf(torrent.infoHash, "-TO").length;
    expect(announces()).toBe(1);
    // It takes calls, and makes none.
    const peer = createServer((socket) => {
      socket
        .on("error", () => undefined)
        .once("data", () => socket.write(encodeHandshake(torrent.infoHash, "-RL0001-")));
    });
    await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve));
    const address = peer.address();
    if (address === null || typeof address === "string") throw new Error("the peer has no port");
    tracker.addPeer(torrent.infoHash, { address: "127.0.0.1", port: address.port });
    // Another tracker, as far as anybody can tell: the first may not be asked again so soon.
    const tiers = [[`${tracker.url}?again`]];
    await client.call("replaceTrackers", { params: { ref: torrent.infoHash }, body: { tiers } });
    await waitFor(() => announces() > 1, { what: "the second announce" });
    await waitFor(async () => (await countAsleep()) === before - 1, { what: "it is woken" });
    await waitFor(async () => (await show(torrent)).peers === 1, { what: "the peer is let in" });
    peer.close();
  });

  it("is woken by a peer, counts what it sent, and stops without a trace of its sleep", async () => {
    const torrent = fixture("visited");
    expect(await visit(torrent)).toMatchObject({ passedPieces: 6, failedPieces: 0 });
    const sent = async (): Promise<number> => (await show(torrent)).uploadedBytes;
    await waitFor(async () => (await sent()) === torrent.lengthBytes, { what: "what was sent is counted" });
    await client.call("actOnTorrents", { body: { refs: [torrent.infoHash], action: "stop" } });
    await waitFor(async () => (await show(torrent)).state === "stopped", { what: "the stop" });
    expect(await sent()).toBe(torrent.lengthBytes);
  });
});
