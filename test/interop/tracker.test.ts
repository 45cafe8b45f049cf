import { createTracker, type SeenAnnounce } from "@torrential/node";
import { expect, it } from "vitest";
import { Aria2Client } from "../support/clients/aria2.ts";
import { type ClientOptions, type TestClient, waitUntilComplete } from "../support/clients/client.ts";
import { LibtorrentClient } from "../support/clients/libtorrent.ts";
import { TransmissionClient } from "../support/clients/transmission.ts";
import { makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import {
  describeIf,
  type Missing,
  missingLibtorrent,
  missingNamespace,
  missingProgram,
} from "../support/requirements.ts";
import { TorrentialRun } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";

/** The address of the namespace, which its clients listen at. */
const TRACKER = { 4: "198.18.0.1", 6: "::1" } as const;
const CLIENT_ADDRESS = "198.18.9.1";

interface Party {
  readonly name: string;
  readonly missing: Missing;
  readonly make: (options: ClientOptions) => TestClient;
}

const PARTIES: readonly Party[] = [
  { name: "libtorrent", missing: missingLibtorrent(), make: (options) => new LibtorrentClient(options) },
  {
    name: "transmission",
    missing: missingProgram("transmission-daemon"),
    make: (options) => new TransmissionClient(options),
  },
  {
    name: "aria2",
    missing: missingProgram("aria2c"),
    make: (options) => new Aria2Client({ ...options, speaksUdp: true }),
  },
];

for (const party of PARTIES) {
  describeIf([missingNamespace(), party.missing], `our tracker, asked by ${party.name}`, () => {
    it.each(["http", "udp"] as const)("over %s: brings it and us together", async (scheme) => {
      using folder = new TestFolder("tracker");
      const seen: SeenAnnounce[] = [];
      await using tracker = await startTracker(seen);
      const announce = tracker.urlOf(scheme, 4);
      const fixture = makeFixture(folder.path, { name: "a.bin", pieceLength: 65_536, files: 500_000, announce });
      await using client = party.make({ workDir: folder.folder("client"), address: CLIENT_ADDRESS });
      await client.start();
      await client.addTorrent({ torrent: fixture, saveDir: fixture.dataDir, isSeed: true });
      await waitFor(() => tracker.stats.seeders > 0, { what: () => `no seed: ${JSON.stringify(tracker.stats)}` });
      const place = ["-o", folder.folder("got"), "--state", folder.folder("state"), "--bind", "198.18.9.2"];
      await using leech = new TorrentialRun(["download", fixture.torrentFile, ...place]);
      await leech.expectExit(0);
      const events = seen
        .filter(({ over }) => over === scheme)
        .map(({ from, request }) => `${from.address} ${request.event}`);
      // Not all of the others wait for their goodbyes to arrive, so only ours is asked for.
      const ours = ["started", "completed", "stopped"].map((event) => `198.18.9.2 ${event}`);
      expect(events).toEqual(expect.arrayContaining([`${CLIENT_ADDRESS} started`, ...ours]));
      expect(events.filter((event) => event.startsWith("198.18.9.2"))).toEqual(ours);
      await client.stop();
    });
  });
}

describeIf([missingNamespace(), missingLibtorrent()], "our tracker, asked over IPv6", () => {
  it.each(["http", "udp"] as const)("by libtorrent, %s: introduces it to its like", async (scheme) => {
    using folder = new TestFolder("tracker");
    const seen: SeenAnnounce[] = [];
    await using tracker = await startTracker(seen);
    const announce = tracker.urlOf(scheme, 6);
    const fixture = makeFixture(folder.path, { name: "a.bin", pieceLength: 65_536, files: 500_000, announce });
    await using seed = new LibtorrentClient({ workDir: folder.folder("seed"), address: "::1" });
    await using leech = new LibtorrentClient({ workDir: folder.folder("leech"), address: "::1" });
    for (const client of [seed, leech]) await client.start();
    await seed.addTorrent({ torrent: fixture, saveDir: fixture.dataDir, isSeed: true });
    await waitFor(() => tracker.stats.seeders > 0, { what: () => `no seed: ${JSON.stringify(tracker.stats)}` });
    await leech.addTorrent({ torrent: fixture, saveDir: folder.folder("got"), isSeed: false });
    await waitFor(() => seen.filter(({ from }) => from.address === "::1").length > 1, {
      what: () => `one announce only: ${JSON.stringify(tracker.stats)}`,
    });
    expect(new Set(seen.map(({ over }) => over))).toEqual(new Set([scheme]));
    await waitUntilComplete(leech, fixture);
  });
});

async function startTracker(seen: SeenAnnounce[]) {
  const tracker = await createTracker({ onAnnounce: (announce) => seen.push(announce) });
  return {
    get stats() {
      return tracker.stats;
    },
    urlOf: (scheme: "http" | "udp", family: 4 | 6): string =>
      tracker.urls(TRACKER[family]).find((url) => url.startsWith(scheme)) ?? "",
    [Symbol.asyncDispose]: (): Promise<void> => tracker.close(),
  };
}
