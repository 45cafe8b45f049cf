/**
 * Magnet links against other people's clients, each with one way only to find peers: the link's tracker, local discovery,
 * peer exchange, or an IPv6 peer that is named. In every pair one gives the metadata, and then the data, to the other.
 */
import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, it } from "vitest";
import { type ClientOptions, type Discovery, type TestClient, waitUntilComplete } from "../support/clients/client.ts";
import { LibtorrentClient } from "../support/clients/libtorrent.ts";
import { hostPort, TorrentialClient } from "../support/clients/torrential.ts";
import { TransmissionClient } from "../support/clients/transmission.ts";
import { differences, digestOf } from "../support/digest.ts";
import { type Fixture, makeFixture, makeVariant } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { IPV6_ADDRESSES, OWN_ADDRESS } from "../support/namespace.ts";
import { RawIntroducer } from "../support/raw-introducer.ts";
import { describeIf, missingLibtorrent, missingNamespace, missingProgram } from "../support/requirements.ts";
import { TestTracker } from "../support/tracker.ts";
import { waitFor } from "../support/wait-for.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** Transmission waits ten seconds before it lets a peer in, and its timers are slow. */
const DEADLINE_MS = 120_000;

type Make = (options: ClientOptions) => TestClient;

const OURS: Make = (options) => new TorrentialClient(options);
const OPPONENTS = [
  {
    name: "transmission",
    missing: missingProgram("transmission-daemon", ["--version"]),
    make: ((options) => new TransmissionClient(options)) satisfies Make,
    network: 61,
  },
  {
    name: "libtorrent",
    missing: missingLibtorrent(),
    make: ((options) => new LibtorrentClient(options)) satisfies Make,
    network: 62,
  },
] as const;

for (const { name, missing, make, network } of OPPONENTS) {
  describeIf([missingNamespace(), missing], `magnet links with ${name}`, () => {
    const folder = new TestFolder(`magnets-${name}`);
    let tracker: TestTracker;
    let data: Fixture;
    let made = 0;
    let made6 = 0;

    beforeAll(async () => {
      tracker = await TestTracker.start(OWN_ADDRESS);
      // 1,500 pieces: their hashes alone are two pieces of metadata.
      data = makeFixture(folder.folder("source"), { name: "magnet.bin", pieceLength: 16 * KIB, files: 24 * MIB + 7 });
    }, 60_000);
    afterAll(async () => {
      await tracker[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    });

    const start = async (kind: Make, finds: readonly Discovery[], address = nextAddress()): Promise<TestClient> => {
      const client = kind({ workDir: folder.folder(`client-${++made}`), address, finds });
      await client.start();
      return client;
    };
    const nextAddress = (): string => `198.18.${network}.${made + 10}`;
    const nextAddress6 = (): string => `fd18::${(++made6 % IPV6_ADDRESSES) + 1}`;
    const variant = (source: string, announce?: string): Fixture =>
      makeVariant(folder.folder("torrents"), data, announce === undefined ? { source } : { source, announce });

    for (const isOursTaking of [true, false]) {
      const [giving, taking] = isOursTaking ? [make, OURS] : [OURS, make];
      const direction = isOursTaking ? "from it" : "to it";

      it(`goes ${direction} by a tracker`, { timeout: DEADLINE_MS }, async () => {
        const torrent = variant(`tracker ${direction}`, tracker.url);
        await using giver = await start(giving, []);
        await using taker = await start(taking, []);
        await seed(giver, torrent);
        await tracker.waitForSeed(torrent.infoHash, giver.address);
        await take(taker, torrent, { link: `&tr=${encodeURIComponent(tracker.url)}` });
      });

      it(`goes ${direction} by local discovery`, { timeout: DEADLINE_MS }, async () => {
        const torrent = variant(`lsd ${direction}`);
        // Transmission announces by whatever address the route has, which must be the one that it listens at.
        const addressOf = (kind: Make): string => (kind === OURS ? nextAddress() : OWN_ADDRESS);
        await using giver = await start(giving, ["lsd"], addressOf(giving));
        await using taker = await start(taking, ["lsd"], addressOf(taking));
        await seed(giver, torrent);
        await take(taker, torrent);
      });

      it(`goes ${direction} by peer exchange`, { timeout: DEADLINE_MS }, async () => {
        const torrent = variant(`pex ${direction}`);
        await using giver = await start(giving, ["pex"]);
        await using taker = await start(taking, ["pex"]);
        await seed(giver, torrent);
        const address = `198.18.${network}.${++made + 10}`;
        await using introducer = await RawIntroducer.start(address, torrent.infoHash, giver);
        await take(taker, torrent, {
          link: isOursTaking ? `&x.pe=${address}:${introducer.port}` : "",
          // Not every client can be told of a peer, but every one takes who comes.
          meanwhile: () => (isOursTaking || introducer.told > 0 ? undefined : introducer.dial(taker, address)),
        });
      });

      it(`goes ${direction} over IPv6`, { timeout: DEADLINE_MS }, async () => {
        const torrent = variant(`ipv6 ${direction}`);
        await using giver = await start(giving, [], nextAddress6());
        await using taker = await start(taking, [], nextAddress6());
        if (isOursTaking) {
          await seed(giver, torrent);
          await take(taker, torrent, { link: `&x.pe=${encodeURIComponent(hostPort(giver))}` });
        } else {
          // The other one may not know "x.pe": we go to it.
          await take(taker, torrent, { beforeWaiting: () => seed(giver, torrent, [taker]) });
        }
      });
    }

    const seed = async (
      client: TestClient,
      torrent: Fixture,
      peers: readonly { address: string; port: number }[] = [],
    ): Promise<void> => {
      await client.addTorrent({ torrent, saveDir: torrent.dataDir, isSeed: true, peers });
      await waitUntilComplete(client, torrent, DEADLINE_MS);
    };

    const take = async (client: TestClient, torrent: Fixture, options: TakeOptions = {}): Promise<void> => {
      const saveDir = folder.at(`saved-${torrent.infoHash}`);
      mkdirSync(saveDir);
      const magnet = `magnet:?xt=urn:btih:${torrent.infoHash}${options.link ?? ""}`;
      await client.addTorrent({ torrent, saveDir, isSeed: false, magnet });
      await options.beforeWaiting?.();
      await waitFor(
        async () => {
          options.meanwhile?.();
          return (await client.progressOf(torrent)).isComplete;
        },
        { what: () => `${client.name} did not get ${magnet}`, deadlineMs: DEADLINE_MS, intervalMs: 500 },
      );
      const wanted = digestOf(torrent, torrent.dataDir);
      const isSame = (): boolean => differences(digestOf(torrent, saveDir), wanted).length === 0;
      await waitFor(isSame, { what: () => "the copy is not the same", deadlineMs: 10_000, intervalMs: 200 });
    };
  });
}

interface TakeOptions {
  /** The rest of the link. */
  readonly link?: string;
  readonly beforeWaiting?: () => Promise<void>;
  /** Done again and again while it is waited for. */
  readonly meanwhile?: () => void;
}
