/** Ours beside libtorrents that log what passes between peers: a torrent, them, and the words that start us. */
import { mkdirSync } from "node:fs";
import { LibtorrentClient } from "./clients/libtorrent.ts";
import { type Fixture, makeFixture } from "./fixtures.ts";
import { TestFolder } from "./folder.ts";
import { findFreePort } from "./free-port.ts";

const PIECE_LENGTH = 64 * 1024;

export class LibtorrentScene implements Disposable {
  readonly folder: TestFolder;
  /** Where we are. */
  readonly address: string;
  readonly #network: number;

  /** `network`: third byte of all addresses; ours ends in 1. */
  constructor(label: string, network: number) {
    this.folder = new TestFolder(label);
    this.#network = network;
    this.address = `198.18.${network}.1`;
  }

  makeTorrent(lengthBytes: number): Fixture {
    return makeFixture(this.folder.folder("source"), {
      name: "data.bin",
      pieceLength: PIECE_LENGTH,
      files: lengthBytes,
    });
  }

  /** A libtorrent at the address that ends in `host`. */
  async start(label: string, host: number): Promise<LibtorrentClient> {
    const address = `198.18.${this.#network}.${host}`;
    const client = new LibtorrentClient({ workDir: this.folder.folder(label), address });
    await client.start();
    await client.logPeers();
    return client;
  }

  async words(
    verb: string,
    torrent: Fixture,
    { dir = this.folder.at("saved"), port }: { readonly dir?: string; readonly port?: number } = {},
  ): Promise<string[]> {
    mkdirSync(dir, { recursive: true });
    const place = ["-o", dir, "--state", this.folder.at("state"), "--bind", this.address, "--no-trackers"];
    return [verb, torrent.torrentFile, ...place, "--port", String(port ?? (await findFreePort(this.address)))];
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}
