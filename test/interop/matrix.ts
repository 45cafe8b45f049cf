/**
 * One client of the world against ours: it seeds and we download, then we seed and it downloads, for torrents of
 * several shapes. They find each other through the tests' tracker; data is compared by SHA-256.
 *
 * TORRENTIAL_INTEROP_SUBJECT=libtorrent puts libtorrent in our place: what fails then too is not our fault.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ClientOptions, type TestClient, waitUntilComplete } from "../support/clients/client.ts";
import { LibtorrentClient } from "../support/clients/libtorrent.ts";
import { TorrentialClient } from "../support/clients/torrential.ts";
import { differences, digestOf, withoutEmptyFiles } from "../support/digest.ts";
import { type Fixture, makeFixture, makeVariant, manyOddFiles } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { OWN_ADDRESS } from "../support/namespace.ts";
import { TEST_SEED } from "../support/random.ts";
import { type Missing, describeIf, missingNamespace } from "../support/requirements.ts";
import { TestTracker, countEvents } from "../support/tracker.ts";
import { waitFor } from "../support/wait-for.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const TRANSFER_DEADLINE_MS = 90_000;

interface Shape {
  readonly label: string;
  readonly make: (folder: string) => Fixture;
}

const SHAPES: readonly Shape[] = [
  {
    label: "one file of 24 MiB and a bit",
    make: (folder) => makeFixture(folder, { name: "single.bin", pieceLength: 256 * KIB, files: 24 * MIB + 12_345 }),
  },
  {
    label: "500 files, odd and empty, in folders",
    make: (folder) => {
      const pieceLength = 64 * KIB;
      return makeFixture(folder, {
        name: "many files",
        pieceLength,
        files: manyOddFiles(500, { pieceLength, label: "interop" }),
      });
    },
  },
  {
    label: "pieces of 16 KiB",
    make: (folder) => makeFixture(folder, { name: "small-pieces.bin", pieceLength: 16 * KIB, files: 5 * MIB + 1 }),
  },
  {
    label: "pieces of 1 MiB",
    make: (folder) => makeFixture(folder, { name: "middle-pieces.bin", pieceLength: MIB, files: 9 * MIB - 1 }),
  },
  {
    label: "pieces of 16 MiB",
    make: (folder) => makeFixture(folder, { name: "large-pieces.bin", pieceLength: 16 * MIB, files: 40 * MIB + 4_097 }),
  },
];

export interface Opponent {
  readonly name: string;
  readonly missing: Missing;
  readonly make: (options: ClientOptions) => TestClient;
  /** Third byte of all addresses in this test; its own ends in 1. */
  readonly network: number;
}

/** Declares the tests against one client. */
export function describeMatrix(opponent: Opponent): void {
  describeIf([missingNamespace(), opponent.missing], `with ${opponent.name} (seed ${TEST_SEED})`, () => {
    const folder = new TestFolder(`interop-${opponent.name}`);
    const them = opponent.make({ workDir: folder.folder("them"), address: `198.18.${opponent.network}.1` });
    // An address for each process of ours: Transmission closes a second handshake from one that has not ended.
    let subjects = 0;
    const startSubject = async (): Promise<TestClient> => {
      const index = subjects++;
      const us = makeSubject({
        workDir: folder.folder(`us-${index}`),
        address: `198.18.${opponent.network}.${index + 2}`,
      });
      await us.start();
      return us;
    };
    const fixtures = new Map<Shape, Fixture>();
    let tracker: TestTracker;

    beforeAll(async () => {
      tracker = await TestTracker.start(OWN_ADDRESS);
      for (const shape of SHAPES) fixtures.set(shape, shape.make(folder.folder("source", shape.label)));
      await them.start();
    }, 60_000);
    afterAll(async () => {
      await them[Symbol.asyncDispose]();
      await tracker[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    }, 60_000);

    const makeDirected = (shape: Shape, source: string): Fixture => {
      const fixture = fixtures.get(shape);
      if (fixture === undefined) throw new Error(`No data for ${shape.label}`);
      return makeVariant(folder.folder("torrents", shape.label), fixture, { source, announce: tracker.url });
    };
    // At the same time, because most of it is waiting: Transmission thinks for ten seconds before it lets a peer in.
    for (const shape of SHAPES) {
      it.concurrent(`downloads ${shape.label} from it`, { timeout: TRANSFER_DEADLINE_MS * 2 }, async () => {
        const torrent = makeDirected(shape, "down");
        await using us = await startSubject();
        await transfer({ torrent, from: them, to: us, saveDir: saveDirOf(folder, torrent), tracker });
        if (us instanceof TorrentialClient) await checkOurAnnounces(us, torrent, tracker);
      });
      it.concurrent(`seeds ${shape.label} to it`, { timeout: TRANSFER_DEADLINE_MS * 2 }, async () => {
        const torrent = makeDirected(shape, "up");
        await using us = await startSubject();
        await transfer({ torrent, from: us, to: them, saveDir: saveDirOf(folder, torrent), tracker });
        if (us instanceof TorrentialClient) await us.stopTorrent(torrent);
      });
    }
  });
}

interface Transfer {
  readonly torrent: Fixture;
  readonly from: TestClient;
  readonly to: TestClient;
  readonly saveDir: string;
  readonly tracker: TestTracker;
}

async function transfer({ torrent, from, to, saveDir, tracker }: Transfer): Promise<void> {
  const source = digestOf(torrent, torrent.dataDir);
  await from.addTorrent({ torrent, saveDir: torrent.dataDir, isSeed: true });
  await waitUntilComplete(from, torrent, TRANSFER_DEADLINE_MS);
  await tracker.waitForSeed(torrent.infoHash, from.address);
  await to.addTorrent({ torrent, saveDir, isSeed: false });
  await waitUntilComplete(to, torrent, TRANSFER_DEADLINE_MS);
  await checkCopy(to, torrent, saveDir, source);
  expect(differences(digestOf(torrent, torrent.dataDir), source), "the source must stay as it was").toEqual([]);
}

/** Some clients call it complete a moment before their last write has reached the file. Ours may not. */
async function checkCopy(
  client: TestClient,
  torrent: Fixture,
  saveDir: string,
  source: readonly string[],
): Promise<void> {
  const isOurs = client instanceof TorrentialClient;
  const wanted = client.name === "transmission" ? withoutEmptyFiles(source) : source;
  let found = differences(digestOf(torrent, saveDir), wanted);
  const isSame = (): boolean => (found = differences(digestOf(torrent, saveDir), wanted)).length === 0;
  if (!isOurs) await waitFor(isSame, { what: () => found.join("\n"), deadlineMs: 10_000, intervalMs: 200 });
  expect(found).toEqual([]);
}

/** Started, completed and stopped, once each, the last of them before the process has left. */
async function checkOurAnnounces(us: TorrentialClient, torrent: Fixture, tracker: TestTracker): Promise<void> {
  await us.stopTorrent(torrent);
  const ours = tracker.announcesOf(torrent.infoHash, "-TO");
  expect(countEvents(ours)).toEqual({ started: 1, completed: 1, stopped: 1 });
  expect(ours[0]).toMatchObject({ event: "started", left: torrent.lengthBytes, downloaded: 0 });
  expect(ours.at(-1)).toMatchObject({ event: "stopped", left: 0 });
  expect(ours.at(-1)?.downloaded).toBeGreaterThanOrEqual(torrent.lengthBytes);
}

function saveDirOf(folder: TestFolder, torrent: Fixture): string {
  const saveDir = folder.at(`saved-${torrent.infoHash}`);
  mkdirSync(saveDir);
  return saveDir;
}

function makeSubject(options: ClientOptions): TestClient {
  if (process.env["TORRENTIAL_INTEROP_SUBJECT"] !== "libtorrent") return new TorrentialClient(options);
  mkdirSync(join(options.workDir), { recursive: true });
  return new LibtorrentClient(options);
}
