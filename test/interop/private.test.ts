/**
 * Private torrents (BEP 27) as a packet reader sees them: beside a public one in the same process, over the same minutes,
 * with everything turned on. What is found of the public one shows that the reader would have seen the other.
 */
import { createSocket } from "node:dgram";
import { mkdirSync } from "node:fs";
import { createDht } from "@torrential/node";
import { expect, it } from "vitest";
import { LibtorrentClient } from "../support/clients/libtorrent.ts";
import { waitUntilComplete } from "../support/clients/client.ts";
import { type Fixture, makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { OWN_ADDRESS } from "../support/namespace.ts";
import { PacketReader } from "../support/packet-reader.ts";
import { describeIf, missingLibtorrent, missingNamespace, missingProgram } from "../support/requirements.ts";
import { TorrentialRun } from "../support/torrential.ts";
import { TestTracker } from "../support/tracker.ts";
import { waitFor } from "../support/wait-for.ts";

const OURS = "198.18.63.1";
const PRIVATE_SEED = "198.18.63.2";
const PUBLIC_SEED = "198.18.63.3";
const DHT_NODES = ["198.18.63.11", "198.18.63.12"] as const;
const LSD = { group: "239.192.152.143", port: 6771 };

describeIf([missingNamespace(), missingLibtorrent(), missingProgram("tshark")], "a private torrent", () => {
  it("is spoken of to its tracker and to its peers alone", { timeout: 120_000 }, async () => {
    using folder = new TestFolder("private");
    await using tracker = await TestTracker.start(OWN_ADDRESS);
    const make = (name: string, isPrivate: boolean): Fixture => {
      const place = folder.folder(name);
      return makeFixture(place, { name, pieceLength: 65_536, files: 500_000, announce: tracker.url, isPrivate });
    };
    const [secret, open] = [make("secret.bin", true), make("open.bin", false)];
    await using secretSeed = await startSeed(folder, PRIVATE_SEED, secret);
    await using openSeed = await startSeed(folder, PUBLIC_SEED, open);
    for (const [seed, torrent] of [
      [secretSeed, secret],
      [openSeed, open],
    ] as const)
      await tracker.waitForSeed(torrent.infoHash, seed.address);

    // Local addresses are welcome where one is named to start from.
    const first = await createDht({ addresses: [DHT_NODES[0]], bootstrap: [{ host: DHT_NODES[1], port: 6881 }] });
    const bootstrap = [{ host: DHT_NODES[0], port: first.port }];
    const second = await createDht({ addresses: [DHT_NODES[1]], bootstrap });

    await using reader = await PacketReader.start(folder.at("packets.pcap"));
    const heard = listenForAnnounces();
    const out = folder.folder("out");
    const options = ["-o", out, "--state", folder.at("state"), "--bind", OURS, "--seed"];
    options.push("--dht-bootstrap", `${DHT_NODES[0]}:${first.port}`);
    await using run = new TorrentialRun(["download", secret.torrentFile, open.torrentFile, ...options]);
    await run.waitForStatus(({ state }) => state === "seeding", "the first one seeds");
    await waitFor(() => heard.text().includes(open.infoHash), { what: "the public torrent was not announced" });
    await waitFor(() => run.statuses.filter(({ state }) => state === "seeding").length > 1, { what: "both seed" });
    await waitFor(async () => (await second.getPeers(open.infoHash)).peers.some(({ address }) => address === OURS), {
      what: () => `the public torrent is not in the DHT; ${run.describe()}`,
      intervalMs: 500,
    });
    await run.stop();
    heard.close();
    await Promise.all([first.close(), second.close()]);
    const sent = (await reader.stop()).filter(({ source }) => source === OURS);

    const holding = (needle: string | Buffer): string[] => [
      ...new Set(sent.filter(({ bytes }) => bytes.includes(needle)).map(({ destination }) => destination)),
    ];
    expect(holding(open.infoHash), "the reader sees local discovery").toEqual([LSD.group]);
    expect(holding(Buffer.from(open.infoHash, "hex")), "the reader sees the DHT").toEqual(
      expect.arrayContaining([...DHT_NODES]),
    );
    expect(holding(secret.infoHash), "local discovery of the private torrent").toEqual([]);
    // Its handshakes alone: no node of the DHT is told.
    expect(holding(Buffer.from(secret.infoHash, "hex")).filter((to) => to !== PRIVATE_SEED)).toEqual([]);
    expect(holding("ut_metadata").toSorted()).toEqual([PRIVATE_SEED, PUBLIC_SEED]);
    expect(holding("ut_pex"), "peer exchange is offered for the public torrent alone").toEqual([PUBLIC_SEED]);
  });
});

async function startSeed(folder: TestFolder, address: string, torrent: Fixture): Promise<LibtorrentClient> {
  const workDir = folder.folder(`seed-${address}`);
  mkdirSync(workDir, { recursive: true });
  const seed = new LibtorrentClient({ workDir, address, finds: ["pex", "lsd"] });
  await seed.start();
  await seed.addTorrent({ torrent, saveDir: torrent.dataDir, isSeed: true });
  await waitUntilComplete(seed, torrent);
  return seed;
}

/** What our process says to the group. */
function listenForAnnounces(): { readonly text: () => string; readonly close: () => void } {
  let text = "";
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("message", (packet, { address }) => {
    if (address === OURS) text += packet.toString("latin1");
  });
  socket.bind(LSD.port, () => socket.addMembership(LSD.group, OWN_ADDRESS));
  return { text: () => text, close: () => socket.close() };
}
