/**
 * A program of the original and our daemon beside it, with the same torrents in the same states: what is asked of one is
 * asked of the other. "album" is complete in both; "film" goes from the original to us and "show" from us to it, slowly,
 * so that there is always somebody connected.
 */
import { cpSync } from "node:fs";
import type { TestClient } from "../../support/clients/client.ts";
import { DaemonProcess } from "../../support/daemon-process.ts";
import { type Fixture, type FixtureOptions, makeFixture } from "../../support/fixtures.ts";
import { TestFolder } from "../../support/folder.ts";
import { TestTracker } from "../../support/tracker.ts";

const KIB = 1024;
const PIECE_LENGTH = 16 * KIB;

export interface WorldOptions<Client> {
  readonly name: string;
  /** Third byte of all addresses: the tracker's ends in 1, theirs in 2, ours in 3. */
  readonly network: number;
  readonly makeReference: (options: { readonly workDir: string; readonly address: string }) => Client;
}

export class World<Client extends TestClient> implements AsyncDisposable {
  readonly folder: TestFolder;
  readonly tracker: TestTracker;
  readonly theirs: Client;
  readonly ours: DaemonProcess;
  readonly album: Fixture;
  readonly film: Fixture;
  readonly show: Fixture;

  private constructor(
    parts: Pick<World<Client>, "folder" | "tracker" | "theirs" | "ours" | "album" | "film" | "show">,
  ) {
    this.folder = parts.folder;
    this.tracker = parts.tracker;
    this.theirs = parts.theirs;
    this.ours = parts.ours;
    this.album = parts.album;
    this.film = parts.film;
    this.show = parts.show;
  }

  static async start<Client extends TestClient>(options: WorldOptions<Client>): Promise<World<Client>> {
    const folder = new TestFolder(`compat-${options.name}`);
    const address = (host: number): string => `198.18.${options.network}.${host}`;
    const tracker = await TestTracker.start(address(1));
    const theirs = options.makeReference({ workDir: folder.folder("them"), address: address(2) });
    const extra = ["--auth", "none", "--bind", address(3)];
    const place = { stateDir: folder.at("state"), downloadDir: folder.folder("ours") };
    const [ours] = await Promise.all([DaemonProcess.start({ ...place, extra }), theirs.start()]);
    const make = makerIn(folder, tracker);
    const album = make("album", [
      { path: ["one.mp3"], lengthBytes: 100 * KIB + 1 },
      { path: ["second", "two.mp3"], lengthBytes: 70 * KIB },
      { path: ["cover.jpg"], lengthBytes: 5_000 },
    ]);
    const [film, show] = [make("film.mkv", 4096 * KIB), make("show.mkv", 4096 * KIB)];
    return new World({ folder, tracker, theirs, ours, album, film, show });
  }

  /** Another torrent; its tracker is that of the others. */
  make(name: string, files: FixtureOptions["files"]): Fixture {
    return makerIn(this.folder, this.tracker)(name, files);
  }

  /** Where each of the two keeps what it downloads. */
  get saveDirs(): { readonly theirs: string; readonly ours: string } {
    return { theirs: this.folder.folder("theirs"), ours: this.folder.folder("ours") };
  }

  /** What is to be there before anything is added: "album" at both, each other one where it comes from. */
  layDownAll(): void {
    const { theirs, ours } = this.saveDirs;
    for (const folder of [theirs, ours]) this.layDown(this.album, folder);
    this.layDown(this.film, theirs);
    this.layDown(this.show, ours);
  }

  /** Puts the data of a torrent where it is looked for. */
  layDown(fixture: Fixture, folder: string): void {
    cpSync(`${fixture.dataDir}/${fixture.name}`, `${folder}/${fixture.name}`, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.theirs[Symbol.asyncDispose](), this.ours[Symbol.asyncDispose]()]);
    await this.tracker[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

function makerIn(folder: TestFolder, { url }: TestTracker): (name: string, files: FixtureOptions["files"]) => Fixture {
  return (name, files) =>
    makeFixture(folder.folder("source"), { name, pieceLength: PIECE_LENGTH, files, announce: url });
}
