/** What most tests of the command share: a folder, some data in a torrent, a seed, and the words to download from it. */
import { type Fixture, type FixtureOptions, makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { type Behaviour, RawSeed } from "../support/raw-peer.ts";
import { TorrentialRun } from "../support/torrential.ts";

export const KIB = 1024;
export const MIB: number = 1024 * KIB;

/** One test's world. */
export class Scene implements AsyncDisposable {
  readonly folder: TestFolder;
  readonly fixture: Fixture;
  readonly #seeds: RawSeed[] = [];
  readonly #runs: TorrentialRun[] = [];

  private constructor(folder: TestFolder, fixture: Fixture) {
    this.folder = folder;
    this.fixture = fixture;
  }

  static make(label: string, options: Partial<FixtureOptions> = {}): Scene {
    const folder = new TestFolder(label);
    const fixture = makeFixture(folder.folder("source"), {
      name: "data.bin",
      pieceLength: 32 * KIB,
      files: MIB + 333,
      ...options,
    });
    return new Scene(folder, fixture);
  }

  get saveDir(): string {
    return this.folder.folder("saved");
  }

  get stateDir(): string {
    return this.folder.at("state");
  }

  async startSeed(behaviour: Behaviour = { type: "good" }, rateBytesPerSec?: number): Promise<RawSeed> {
    const seed = await RawSeed.start(this.fixture, {
      behaviour,
      ...(rateBytesPerSec === undefined ? {} : { rateBytesPerSec }),
    });
    this.#seeds.push(seed);
    return seed;
  }

  /** Options that keep every run on loopback, with its state in the scene's folder. */
  get placeOptions(): string[] {
    return this.#placeAt(this.saveDir);
  }

  /** The same where the fixture's data is already. */
  get dataPlaceOptions(): string[] {
    return this.#placeAt(this.fixture.dataDir);
  }

  #placeAt(folder: string): string[] {
    return ["-o", folder, "--state", this.stateDir, "--bind", "127.0.0.1", "--port", "0", "--no-trackers"];
  }

  /** `torrential download` of the fixture from these seeds, with `--json`. */
  download(seeds: readonly RawSeed[], extra: readonly string[] = []): TorrentialRun {
    const peers = seeds.flatMap((seed) => ["--peer", seed.hostPort]);
    return this.start(["download", this.fixture.torrentFile, ...this.placeOptions, ...peers, ...extra]);
  }

  start(args: readonly string[]): TorrentialRun {
    const run = new TorrentialRun(args);
    this.#runs.push(run);
    return run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const run of this.#runs) await run[Symbol.asyncDispose]();
    for (const seed of this.#seeds) await seed[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}
