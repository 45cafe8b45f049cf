/** `torrential limit` and `limits`: every kind of node, with every strategy, while a transfer on loopback runs. */
import type { LimitNode } from "@torrential/api";
import { expect, it } from "vitest";
import { DaemonProcess } from "../support/daemon-process.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, MIB, Scene } from "./setup.ts";

const HOST = "127.0.0.1";

// The command is started twenty times: the rates are low, so that the data lasts on a slow machine too.
it("limits trackers, the LAN, address families, labels, torrents and peers, with rates, guarantees and schedules", async () => {
  await using scene = Scene.make("limit-verb", {
    files: 16 * MIB,
    pieceLength: 256 * KIB,
    announce: `http://${HOST}:9/announce`,
  });
  const { infoHash } = scene.fixture;
  await using seed = await scene.startSeed();
  await using daemon = await DaemonProcess.start({ stateDir: scene.stateDir, downloadDir: scene.saveDir });
  const { client } = daemon;
  const say = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await daemon.verb("limit", ...words);
    if (code !== 0) throw new Error(stderr);
    return stdout.trimEnd();
  };
  const nodeOf = async (id: string): Promise<LimitNode | undefined> =>
    (await client.call("showLimits", { query: { peersOf: infoHash } })).nodes.find((node) => node.id === id);
  /** The seed waits for this very node. */
  const waitUntilBinds = async (id: string): Promise<LimitNode> => {
    let node: LimitNode | undefined;
    const isBinding = async (): Promise<boolean> => ((node = await nodeOf(id))?.down.blocked ?? 0) > 0;
    await waitFor(isBinding, {
      what: () => `a peer that waits for ${id}: ${JSON.stringify(node)}`,
      deadlineMs: 30_000,
    });
    return node as LimitNode;
  };

  await daemon.verb("add", scene.fixture.torrentFile, "--tag", "slow", "--category", "films", "--paused");
  // Each binds more than the one before, so that each is the one that the seed waits for.
  expect(await say("tracker:127.0.0.1", "--down", "100KB", "--up", "none")).toBe(
    "tracker:127.0.0.1: 100 kB/s down, no limit up",
  );
  await daemon.verb("start", "1");
  await client.call("addPeers", { params: { ref: infoHash }, body: { endpoints: [seed.hostPort] } });
  expect((await waitUntilBinds(`tracker:${HOST}`)).down.strategy).toEqual({ type: "fixed", bytesPerSec: 100_000 });
  const torrent = await nodeOf(`torrent:${infoHash}`);
  expect(torrent?.parents).toEqual(["global", "tag:slow", "category:films", `tracker:${HOST}`]);

  expect(await say("lan", "--down", "20KB..90KB")).toBe("lan: 20.0 kB/s sure, 90.0 kB/s at most down, no limit up");
  expect((await waitUntilBinds("lan")).down).toMatchObject({ limitBytesPerSec: 9e4, guaranteeBytesPerSec: 2e4 });
  await say("ipv4", "--schedule", "daily 00:00-24:00 down=80KB", "--down", "1KB");
  expect((await waitUntilBinds("ipv4")).down).toMatchObject({
    strategy: { type: "schedule", grid: expect.objectContaining({ length: 7 }) },
    limitBytesPerSec: 8e4,
  });
  await say(
    "tag:slow",
    "category:films",
    "--schedule",
    "daily 00:00-12:00 down=70KB..",
    "--schedule",
    "daily 12:00-24:00 down=70KB",
  );
  await say("category:films", "--down", "65KB");
  await waitUntilBinds("category:films");
  await say("1", "--down", "60KB..60KB", "--weight", "2");
  expect(await waitUntilBinds(`torrent:${infoHash}`)).toMatchObject({ weight: 2 });
  // A weight alone leaves the rates.
  expect(await say("1", "--weight", "3")).toMatch(/60\.0 kB\/s sure, 60\.0 kB\/s at most down, no limit up, weight 3$/);
  const peer = `peer:${infoHash}/${seed.hostPort}`;
  expect(await say(`peer:1/${seed.hostPort}`, "--down", "50KB")).toBe(`${peer}: 50.0 kB/s down, no limit up`);
  await waitUntilBinds(peer);
  await say("--global", "--down", "off");
  expect((await waitUntilBinds("global")).down.limitBytesPerSec).toBe(0);

  const shown = (await daemon.verb("limits", "--peers", "1")).stdout;
  for (const text of [
    `tracker:${HOST}`,
    "lan",
    "80.0 kB/s (schedule)",
    "20.0 kB/s sure, 90.0 kB/s at most",
    "nothing",
    "50.0 kB/s",
  ])
    expect(shown).toContain(text);
  // The same in words, of the one peer.
  await waitFor(
    async () =>
      (await daemon.verb("why", "1", "--peer", seed.hostPort)).stdout.includes("waits for the download limit"),
    { what: "the limit as the peer's reason", deadlineMs: 30_000 },
  );
  expect((await daemon.verb("why", "1", "--peer", "1.2.3.4:5")).stderr).toContain("not connected to 1.2.3.4:5");

  await expect(say("tag:none", "--down", "1KB")).rejects.toThrow("no node");
  await expect(say("peer:1/nobody", "--down", "1KB")).rejects.toThrow("ADDRESS:PORT");
  await expect(say("--down", "1KB")).rejects.toThrow("name torrents");

  await say("global", "1", `tracker:${HOST}`, "lan", "ipv4", "tag:slow", "category:films", peer);
  await waitFor(async () => (await client.call("showTorrent", { params: { ref: infoHash } })).isComplete, {
    what: "the rest without limits",
    deadlineMs: 60_000,
  });
}, 180_000);
