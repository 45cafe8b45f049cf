import { createDht, type Dht } from "@torrential/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "../support/exit-codes.ts";
import { makeFixture } from "../support/fixtures.ts";
import { runTorrential } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, Scene } from "./setup.ts";

describe("the DHT", () => {
  const nodes: Dht[] = [];
  let start: string[] = [];

  beforeAll(async () => {
    for (let i = 0; i < 8; i++) {
      const bootstrap = nodes.slice(0, 1).map(({ port }) => ({ host: "127.0.0.1", port }));
      nodes.push(await createDht({ addresses: ["127.0.0.1"], bootstrap }));
    }
    start = ["--bootstrap", `127.0.0.1:${nodes[0]?.port}`, "--bind", "127.0.0.1"];
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.close()));
  });

  const waitUntilAnnounced = async (infoHash: string): Promise<void> => {
    await waitFor(async () => (await nodes[3]?.getPeers(infoHash))?.peers.length === 1, {
      what: () => "the seed did not announce",
      deadlineMs: 60_000,
      // All are at one address: who asks more often than nodes allow an address is not answered, nor is anybody else there.
      intervalMs: 2_000,
    });
  };
  const dht = async (...args: string[]) => await runTorrential(["dht", ...args, ...start]);

  it("keeps a text and gives it back", async () => {
    const put = await dht("put", "hello \u001b[31mthere");
    expect(put).toMatchObject({ code: EXIT.done, stderr: "" });
    const [target = ""] = put.stdout.split("\n");
    expect(await dht("get", target)).toMatchObject({ code: EXIT.done, stdout: "hello [31mthere\n" });
    const missing = await dht("get", "00".repeat(20));
    expect(missing).toMatchObject({ code: 1, stdout: "" });
    expect(missing.stderr).toContain("nobody has it");
  });

  it("announces, finds, scrapes and samples", async () => {
    const infoHash = "cd".repeat(20);
    const told: { toldNodes: number } = JSON.parse(
      (await dht("get-peers", infoHash, "--announce", "7001", "--json")).stdout,
    );
    expect(told.toldNodes).toBeGreaterThan(4);
    const found = await dht("get-peers", `magnet:?xt=urn:btih:${infoHash}`, "--scrape", "--json");
    expect(JSON.parse(found.stdout)).toMatchObject({ peers: ["127.0.0.1:7001"], swarm: { seeds: 0, peers: 1 } });
    expect((await dht("sample")).stdout).toContain(infoHash);
    expect((await dht("stats", "--wait", "1s")).stdout).toMatch(/^IPv4: [1-9]/m);
  });

  it("says when there is no network, and what is no info-hash", async () => {
    const lost = await runTorrential(["dht", "get-peers", "ab".repeat(20), "--bind", "127.0.0.1"]);
    expect(lost).toMatchObject({ code: EXIT.network, stdout: "" });
    expect(await dht("get-peers", "abc")).toMatchObject({ code: EXIT.usage });
  });

  it("brings a magnet link to its seed, with nothing else to go by", { timeout: 120_000 }, async () => {
    await using scene = Scene.make("dht-magnet", { files: 300 * KIB });
    const network = ["--dht-bootstrap", `127.0.0.1:${nodes[0]?.port}`, "--no-lsd", "--no-port-mapping"];
    const place = ["--bind", "127.0.0.1", "--no-trackers", ...network];
    const { fixture, folder } = scene;
    scene.start(["seed", fixture.torrentFile, "-o", fixture.dataDir, "--state", folder.at("seed-state"), ...place]);
    await waitUntilAnnounced(fixture.infoHash);
    const magnet = `magnet:?xt=urn:btih:${fixture.infoHash}`;
    const run = scene.start(["download", magnet, "-o", scene.saveDir, "--state", scene.stateDir, ...place]);
    expect(await run.waitForExit(90_000)).toMatchObject({ code: EXIT.done });
  });

  it("hears nothing of a private torrent (BEP 27), nor with --no-dht", { timeout: 120_000 }, async () => {
    await using scene = Scene.make("dht-private", { files: 100 * KIB, isPrivate: true });
    await using open = Scene.make("dht-off", { files: 100 * KIB });
    const marker = makeFixture(scene.folder.folder("marker"), {
      name: "m.bin",
      pieceLength: 16 * KIB,
      files: 50 * KIB,
    });
    const network = ["--dht-bootstrap", `127.0.0.1:${nodes[0]?.port}`, "--no-lsd", "--no-port-mapping"];
    const place = ["--bind", "127.0.0.1", "--no-trackers", ...network];
    const seed = (of: Scene, torrent: typeof marker, ...more: string[]) =>
      of.start([
        "seed",
        torrent.torrentFile,
        "-o",
        torrent.dataDir,
        "--state",
        of.folder.at(torrent.name),
        ...place,
        ...more,
      ]);
    seed(open, open.fixture, "--no-dht");
    const run = seed(scene, scene.fixture);
    await run.waitForStatus(({ state }) => state === "seeding", "the private torrent seeds");
    // Started last, and heard of: by then the others would have been.
    seed(scene, marker);
    await waitFor(async () => (await nodes[2]?.getPeers(marker.infoHash))?.peers.length === 1, {
      what: () => "the marker was not announced",
      deadlineMs: 60_000,
    });
    expect((await nodes[4]?.getPeers(scene.fixture.infoHash))?.peers).toEqual([]);
    expect((await nodes[4]?.getPeers(open.fixture.infoHash))?.peers).toEqual([]);
  });
});
