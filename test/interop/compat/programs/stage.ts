/**
 * Where a day is lived: three torrents with a real seed, a tracker, and a web server that has one torrent file. The seed
 * is libtorrent: Transmission hangs up at once on an address that it knew as a seed of that torrent, the day before.
 */
import { createServer, type Server } from "node:http";
import { LibtorrentClient } from "../../../support/clients/libtorrent.ts";
import { type Fixture, makeFixture } from "../../../support/fixtures.ts";
import { TestFolder } from "../../../support/folder.ts";
import { TestTracker } from "../../../support/tracker.ts";
import type { Stage } from "./day.ts";

const KIB = 1024;
const PIECE_LENGTH = 32 * KIB;

export class Scenery implements AsyncDisposable {
  readonly folder: TestFolder;
  readonly #tracker: TestTracker;
  readonly #seed: LibtorrentClient;
  readonly #server: Server;
  readonly #torrents: Pick<Stage, "album" | "film" | "show">;

  private constructor(parts: {
    readonly folder: TestFolder;
    readonly tracker: TestTracker;
    readonly seed: LibtorrentClient;
    readonly torrents: Pick<Stage, "album" | "film" | "show">;
  }) {
    this.folder = parts.folder;
    this.#tracker = parts.tracker;
    this.#seed = parts.seed;
    this.#torrents = parts.torrents;
    this.#server = createServer((_, response) => response.end(parts.torrents.show.torrentBytes));
  }

  /** Addresses are below 198.18.`network`: the tracker ends in 1, the seed in 2; 3 and above are free. */
  static async start(name: string, network: number): Promise<Scenery> {
    const folder = new TestFolder(`programs-${name}`);
    const tracker = await TestTracker.start(`198.18.${network}.1`);
    const seed = new LibtorrentClient({ workDir: folder.folder("seed"), address: `198.18.${network}.2` });
    const make = (of: string, files: Parameters<typeof makeFixture>[1]["files"]): Fixture =>
      makeFixture(folder.folder("source"), { name: of, pieceLength: PIECE_LENGTH, files, announce: tracker.url });
    const album = make("album", [
      { path: ["one.mp3"], lengthBytes: 300 * KIB + 1 },
      { path: ["second", "two.mp3"], lengthBytes: 70 * KIB },
    ]);
    const torrents = { album, film: make("film.mkv", 1024 * KIB), show: make("show.mkv", 512 * KIB) };
    const scenery = new Scenery({ folder, tracker, seed, torrents });
    await seed.start();
    for (const torrent of Object.values(torrents)) {
      await seed.addTorrent({ torrent, saveDir: torrent.dataDir, isSeed: true });
      await tracker.waitForSeed(torrent.infoHash, seed.address);
    }
    await new Promise<void>((resolve) => scenery.#server.listen({ host: "127.0.0.1", port: 0 }, resolve));
    return scenery;
  }

  stage(saveDir: string): Stage {
    const bound = this.#server.address();
    if (bound === null || typeof bound === "string") throw new Error("the web server has no port");
    const { film } = this.#torrents;
    const magnet = `magnet:?xt=urn:btih:${film.infoHash}&dn=film&tr=${encodeURIComponent(this.#tracker.url)}`;
    return { ...this.#torrents, magnet, url: `http://127.0.0.1:${bound.port}/show.torrent`, saveDir };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#seed[Symbol.asyncDispose]();
    await this.#tracker[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}
