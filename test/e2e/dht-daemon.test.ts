/** The daemon as a node of a DHT of its own: nodes answer an address only so often, and here all have the same. */
import { createDht } from "@torrential/node";
import { describe, expect, it } from "vitest";
import { DaemonProcess } from "../support/daemon-process.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, Scene } from "./setup.ts";

describe("a daemon in the DHT", () => {
  it("brings a magnet link to the daemon, which says how many nodes it knows", { timeout: 120_000 }, async () => {
    await using scene = Scene.make("dht-daemon", { files: 300 * KIB });
    const node = await createDht({ addresses: ["127.0.0.1"] });
    const bootstrap = `127.0.0.1:${node.port}`;
    const { fixture, folder } = scene;
    const place = ["--bind", "127.0.0.1", "--no-trackers", "--no-lsd", "--no-port-mapping"];
    const seedState = ["--state", folder.at("seed-state"), "--dht-bootstrap", bootstrap];
    scene.start(["seed", fixture.torrentFile, "-o", fixture.dataDir, ...seedState, ...place]);
    await waitFor(() => node.stats().peersStored === 1, { what: "the seed announced itself", deadlineMs: 60_000 });
    await using daemon = await DaemonProcess.start({
      stateDir: folder.folder("daemon"),
      downloadDir: scene.saveDir,
      extra: ["--set", "network.lsd=false", "--set", `network.dht_bootstrap=["${bootstrap}"]`],
    });
    await daemon.verb("add", `magnet:?xt=urn:btih:${fixture.infoHash}`);
    const isComplete = async (): Promise<boolean> =>
      (await daemon.client.call("showTorrent", { params: { ref: fixture.infoHash } })).isComplete;
    await waitFor(isComplete, { what: () => `the daemon found nobody; ${daemon.process.stdout}`, deadlineMs: 90_000 });
    await waitFor(async () => (await daemon.client.call("showSession", {})).dhtNodes > 0, {
      what: "the daemon says how many nodes answer",
    });
    expect((await daemon.verb("stats")).stdout).toMatch(/DHT +\d+ nodes, \d+ silent/);
    await node.close();
  });
});
