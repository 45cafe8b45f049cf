/** Limits and bans of a daemon, with transfers on loopback: groups, the tree, strategies, and peers that are kept out. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiClient, LimitNode } from "@torrential/api";
import { describe, expect, it } from "vitest";
import { DaemonProcess } from "../support/daemon-process.ts";
import { makeFixture } from "../support/fixtures.ts";
import { RawSeed } from "../support/raw-peer.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, MIB, Scene } from "./setup.ts";

const RATE = 400 * KIB;

/** Memory as a file system: another device than the disk, on most systems. */
const SHARED_MEMORY = "/dev/shm";
const hasOtherDevice = existsSync(SHARED_MEMORY) && statSync(SHARED_MEMORY).dev !== statSync(tmpdir()).dev;

function start(scene: Scene, extra: readonly string[] = []): Promise<DaemonProcess> {
  return DaemonProcess.start({ stateDir: scene.stateDir, downloadDir: scene.saveDir, extra });
}

async function add(client: ApiClient, scene: Scene, options: object): Promise<string> {
  const source = { type: "file", base64: Buffer.from(scene.fixture.torrentBytes).toString("base64") } as const;
  await client.call("addTorrents", { body: { sources: [source], options } });
  return scene.fixture.infoHash;
}

async function nodeOf(client: ApiClient, id: string, peersOf?: string): Promise<LimitNode | undefined> {
  const query = peersOf === undefined ? {} : { peersOf };
  return (await client.call("showLimits", { query })).nodes.find((node) => node.id === id);
}

/** Waits until what passes a node is a rate that a tenth more or less is not. */
async function waitForRate(client: ApiClient, id: string, rate: number): Promise<LimitNode> {
  let found: LimitNode | undefined;
  await waitFor(
    async () => {
      found = await nodeOf(client, id);
      return Math.abs((found?.down.rateBytesPerSec ?? 0) / rate - 1) < 0.1;
    },
    { what: () => `${rate} B/s at ${id}, got ${JSON.stringify(found)}`, deadlineMs: 60_000 },
  );
  if (found === undefined) throw new Error("unreachable");
  return found;
}

describe("limits of a daemon", () => {
  it("bind labels' torrents live, are a tree that one can read and edit, and outlive it", async () => {
    await using scene = Scene.make("daemon-limits", { files: 16 * MIB, pieceLength: 256 * KIB });
    const { infoHash } = scene.fixture;
    await using seed = await scene.startSeed();
    {
      await using daemon = await start(scene);
      const { client } = daemon;
      await client.call("createTags", { body: { names: ["slow"] } });
      await client.call("updateTag", { query: { name: "slow" }, body: { limits: { down: RATE } } });
      await add(client, scene, { tags: ["slow"], category: "films/old" });
      await client.call("addPeers", { params: { ref: infoHash }, body: { endpoints: [seed.hostPort] } });

      const tag = await waitForRate(client, "tag:slow", RATE);
      expect(tag).toMatchObject({ kind: "tag", parents: ["global"], isEditable: true });
      expect(tag.down).toMatchObject({ strategy: { type: "fixed", bytesPerSec: RATE }, limitBytesPerSec: RATE });
      const torrent = await nodeOf(client, `torrent:${infoHash}`);
      expect(torrent?.parents).toEqual(["global", "tag:slow", "category:films", "category:films/old"]);
      // What the list of torrents and of peers shows is the same traffic.
      const shownRates = async (): Promise<readonly number[]> => {
        const shown = await client.call("showTorrent", { params: { ref: infoHash } });
        const peers = await client.call("listPeers", { params: { ref: infoHash } });
        return [shown.downRate, peers.reduce((sum, each) => sum + each.downRate, 0)];
      };
      await waitFor(async () => (await shownRates()).every((rate) => Math.abs(rate / RATE - 1) < 0.1), {
        what: "the same rate in both lists",
        deadlineMs: 30_000,
      });
      await waitFor(async () => ((await nodeOf(client, "tag:slow"))?.down.blocked ?? 0) > 0, {
        what: "a peer that waits for its tag",
        deadlineMs: 30_000,
      });

      // Another strategy at another node, while it runs.
      const grid = ["any"];
      const week = { type: "schedule", profiles: { any: { type: "fixed", bytesPerSec: RATE / 2 } }, grid } as const;
      const set = await client.call("setLimit", { query: { id: "category:films" }, body: { down: week } });
      expect(set.down).toMatchObject({ strategy: week, limitBytesPerSec: RATE / 2 });
      await waitForRate(client, "category:films", RATE / 2);
      const peer = `peer:${infoHash}/${seed.hostPort}`;
      const fixed = { type: "fixed", bytesPerSec: RATE / 4 } as const;
      await client.call("setLimit", { query: { id: peer }, body: { down: fixed, weight: 2 } });
      await waitForRate(client, `torrent:${infoHash}`, RATE / 4);
      expect(await nodeOf(client, peer, infoHash)).toMatchObject({ weight: 2, down: { strategy: fixed } });
      await expect(client.call("setLimit", { query: { id: "tag:none" }, body: {} })).rejects.toThrow("no node");
      expect((await daemon.verb("limits")).stdout).toContain("tag:slow");
      expect((await daemon.stop()).code).toBe(0);
    }
    await using daemon = await start(scene);
    const { client } = daemon;
    expect((await nodeOf(client, "tag:slow"))?.down.limitBytesPerSec).toBe(RATE);
    expect((await nodeOf(client, "category:films"))?.down).toMatchObject({
      strategy: { type: "schedule" },
      limitBytesPerSec: RATE / 2,
    });
    await client.call("addPeers", { params: { ref: infoHash }, body: { endpoints: [seed.hostPort] } });
    await waitForRate(client, `torrent:${infoHash}`, RATE / 4);
    // Taken away one after the other.
    const none = { down: { type: "unlimited" } } as const;
    for (const id of [`peer:${infoHash}/${seed.hostPort}`, "category:films"])
      await client.call("setLimit", { query: { id }, body: none });
    await client.call("removeTags", { query: { name: ["slow"] } });
    await waitFor(async () => (await client.call("showTorrent", { params: { ref: infoHash } })).isComplete, {
      what: "the rest without limits",
      deadlineMs: 60_000,
    });
  });
});

describe("priorities of a daemon", () => {
  it("share what a limit leaves: high gets four times normal's share, low a quarter of it", async () => {
    await using scene = Scene.make("daemon-shares");
    const torrents = ([1, 0, -1] as const).map((priority) => {
      const name = `priority ${priority}`;
      const fixture = makeFixture(scene.folder.folder(name), { name, pieceLength: 64 * KIB, files: 12 * MIB });
      return { priority, fixture };
    });
    await using daemon = await start(scene, ["--set", `limits.down=${MIB}`]);
    const { client } = daemon;
    const seeds: RawSeed[] = [];
    for (const { priority, fixture } of torrents) {
      const source = { type: "file", base64: fixture.torrentBytes.toString("base64") } as const;
      await client.call("addTorrents", { body: { sources: [source], options: { priority } } });
      const seed = await RawSeed.start(fixture);
      seeds.push(seed);
      await client.call("addPeers", { params: { ref: fixture.infoHash }, body: { endpoints: [seed.hostPort] } });
    }
    const received = async (): Promise<readonly [number, number, number]> => {
      const { torrents: rows } = await client.call("listTorrents", { query: { sort: "-priority" } });
      const [high = 0, normal = 0, low = 0] = rows.map(({ downloadedBytes }) => downloadedBytes ?? 0);
      return [high, normal, low];
    };
    const wait = async (isEnough: (got: readonly number[]) => boolean, what: string) =>
      await waitFor(
        async () => {
          const got = await received();
          return isEnough(got) && got;
        },
        { what, deadlineMs: 90_000 },
      );
    // Until all of them ask there is nothing to share.
    const before = await wait((got) => got.every((bytes) => bytes > 0), "all to have begun");
    const after = await wait(([high = 0]) => high - before[0] > 4 * MIB, "enough to tell");
    const [high, normal, low] = [after[0] - before[0], after[1] - before[1], after[2] - before[2]];
    const shares = `high ${high}, normal ${normal}, low ${low}`;
    console.log(
      `priorities share: ${shares} bytes; normal ${(normal / high).toFixed(3)}, low ${(low / high).toFixed(4)}`,
    );
    expect(Math.abs(normal / high / 0.25 - 1)).toBeLessThan(0.2);
    expect(Math.abs(low / high / 0.0625 - 1)).toBeLessThan(0.4);
    for (const seed of seeds) await seed[Symbol.asyncDispose]();
  });
});

describe("bans of a daemon", () => {
  it("send a peer away, keep it out, outlive a restart, and are lifted", async () => {
    await using scene = Scene.make("daemon-bans", { files: 8 * MIB });
    const { infoHash, name } = scene.fixture;
    await using seed = await scene.startSeed({ type: "good" }, 100 * KIB);
    const peersOf = async (client: ApiClient): Promise<number> =>
      (await client.call("listPeers", { params: { ref: infoHash } })).length;
    const join_ = async (client: ApiClient): Promise<unknown> =>
      await client.call("addPeers", { params: { ref: infoHash }, body: { endpoints: [seed.hostPort] } });
    {
      await using daemon = await start(scene);
      const { client } = daemon;
      await add(client, scene, {});
      await join_(client);
      await waitFor(async () => (await peersOf(client)) === 1, { what: "the seed", deadlineMs: 30_000 });
      expect((await daemon.verb("ban", seed.hostPort, "--for", "1h", "--reason", "a test")).code).toBe(0);
      await waitFor(async () => (await peersOf(client)) === 0, { what: "the seed to be gone", deadlineMs: 30_000 });
      expect(await client.call("listBans", {})).toMatchObject([
        { key: seed.hostPort, reason: "a test", by: "user", expiresAtMs: expect.any(Number) },
      ]);
      await expect(client.call("addBans", { body: { peers: ["nobody"] } })).rejects.toThrow("IP address");
      expect((await daemon.stop()).code).toBe(0);
    }
    await using daemon = await start(scene);
    const { client } = daemon;
    expect((await daemon.verb("bans")).stdout).toContain("a test");
    await join_(client);
    // The qBittorrent API bans the address.
    const form = new URLSearchParams({ peers: seed.hostPort });
    const headers = { authorization: `Bearer ${daemon.token}` };
    const url = `${daemon.url}/api/v2/transfer/banPeers`;
    expect((await fetch(url, { method: "POST", body: form, headers })).status).toBe(200);
    expect((await client.call("listBans", {})).map(({ key }) => key)).toEqual([seed.hostPort, "127.0.0.1"]);
    expect(await peersOf(client)).toBe(0);
    expect((await daemon.verb("unban", seed.hostPort, "127.0.0.1")).code).toBe(0);
    expect(await client.call("listBans", {})).toEqual([]);
    seed.rateBytesPerSec = undefined;
    await join_(client);
    await waitFor(async () => (await client.call("showTorrent", { params: { ref: infoHash } })).isComplete, {
      what: "the download",
      deadlineMs: 60_000,
    });

    // Stopped, it is renamed and moved all the same.
    await client.call("actOnTorrents", { body: { refs: [infoHash], action: "stop" } });
    const stateOf = async (): Promise<string> =>
      (await client.call("showTorrent", { params: { ref: infoHash } })).state;
    await waitFor(async () => (await stateOf()) === "stopped", { what: "the stop", deadlineMs: 30_000 });
    const files = await client.call("renamePath", {
      params: { ref: infoHash },
      body: { from: name, to: "other.bin" },
    });
    expect(files.map(({ path }) => path)).toEqual(["other.bin"]);
    expect(existsSync(join(scene.saveDir, "other.bin"))).toBe(true);
    await waitFor(async () => (await stateOf()) === "stopped", { what: "to be at rest again", deadlineMs: 30_000 });
    const folder = join(scene.saveDir, "below");
    await client.call("actOnTorrents", { body: { refs: [infoHash], action: "move", folder, moveData: true } });
    await waitFor(() => existsSync(join(folder, "other.bin")), { what: "the move", deadlineMs: 30_000 });
    await waitFor(async () => (await stateOf()) === "stopped", { what: "to be at rest at last", deadlineMs: 30_000 });
  });
});

describe("moves of a daemon", () => {
  it.skipIf(!hasOtherDevice)("to another device are throttled, shown, and go on after a kill -9", async () => {
    await using scene = Scene.make("daemon-move", { files: 12 * MIB, pieceLength: 256 * KIB });
    const { infoHash, name } = scene.fixture;
    await using seed = await scene.startSeed();
    const folder = mkdtempSync(join(SHARED_MEMORY, "torrential-move-"));
    try {
      const settings = [`downloads.roots=["${folder}"]`, "downloads.move_rate=3000000"];
      const extra = settings.flatMap((setting) => ["--set", setting]);
      const progressOf = async (client: ApiClient): Promise<number> => {
        const { state, stateProgress = 0 } = await client.call("showTorrent", { params: { ref: infoHash } });
        return state === "moving" ? stateProgress : 0;
      };
      {
        await using daemon = await start(scene, extra);
        const { client } = daemon;
        await add(client, scene, {});
        await client.call("addPeers", { params: { ref: infoHash }, body: { endpoints: [seed.hostPort] } });
        await waitFor(async () => (await client.call("showTorrent", { params: { ref: infoHash } })).isComplete, {
          what: "the download",
          deadlineMs: 60_000,
        });
        await client.call("actOnTorrents", { body: { refs: [infoHash], action: "move", folder, moveData: true } });
        await waitFor(async () => (await progressOf(client)) > 0.1, { what: "a part moved", deadlineMs: 60_000 });
        await daemon.process.kill();
        expect(existsSync(join(scene.saveDir, name))).toBe(true);
      }
      await using daemon = await start(scene, extra);
      const { client } = daemon;
      // It goes on, as slowly as before: half of it is seen.
      await waitFor(async () => (await progressOf(client)) > 0.3, { what: "the move to go on", deadlineMs: 60_000 });
      await waitFor(
        async () => {
          const { state, currentFolder } = await client.call("showTorrent", { params: { ref: infoHash } });
          return state === "seeding" && currentFolder === folder;
        },
        { what: "the end of the move", deadlineMs: 60_000 },
      );
      expect(statSync(join(folder, name)).size).toBe(scene.fixture.lengthBytes);
      expect(readdirSync(scene.saveDir)).not.toContain(name);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
