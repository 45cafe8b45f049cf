/** The scripted day: what a user does between adding three torrents and removing them, seen through one program's eyes. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { differences, digestOf, digestTree } from "../../../support/digest.ts";
import type { Fixture } from "../../../support/fixtures.ts";
import { waitFor } from "../../../support/wait-for.ts";
import type { Program, Shown } from "./program.ts";

export interface Stage {
  /** A folder of files; added by file. */
  readonly album: Fixture;
  /** One file; added by magnet link. */
  readonly film: Fixture;
  /** One file; added by URL. */
  readonly show: Fixture;
  readonly magnet: string;
  readonly url: string;
  /** Where the client under test keeps what it downloads. */
  readonly saveDir: string;
}

const DEADLINE_MS = 60_000;
const LIMIT = 512 * 1024;

/** Throws with what was expected, and what the program shows instead. Returns the steps that it has no words for. */
export async function liveThroughDay(program: Program, stage: Stage): Promise<readonly string[]> {
  const day = new Day(program, stage);
  await day.addAll();
  await day.order();
  await day.download();
  await day.change();
  await day.moveAndRename();
  await day.verifyAndStop();
  await day.removeAll();
  return day.skipped;
}

class Day {
  readonly skipped: string[] = [];
  readonly #program: Program;
  readonly #stage: Stage;

  constructor(program: Program, stage: Stage) {
    this.#program = program;
    this.#stage = stage;
  }

  async addAll(): Promise<void> {
    const { album, film, show, magnet, url, saveDir } = this.#stage;
    await this.#program.addFile(album, saveDir);
    await this.#program.addMagnet(magnet, saveDir);
    await this.#program.addUrl(url, saveDir);
    for (const torrent of [album, film, show]) await this.#until(torrent, "is there, stopped", (it) => it.isStopped);
  }

  async order(): Promise<void> {
    const { album, show } = this.#stage;
    const { toTop } = this.#program;
    if (toTop === undefined) return this.#skip("queue");
    await toTop(show.infoHash);
    await this.#until(show, "is first in the queue", async ({ position }) => {
      const other = await this.#look(album);
      return position === undefined || position < (other?.position ?? 0);
    });
  }

  async download(): Promise<void> {
    const { album, film, show } = this.#stage;
    for (const torrent of [album, film, show]) await this.#program.start(torrent.infoHash);
    for (const torrent of [album, film, show]) {
      await this.#until(torrent, "is complete", ({ progress }) => progress === 1);
      const folder = this.#folderOf(torrent);
      const wrong = differences(digestOf(torrent, folder), digestOf(torrent, torrent.dataDir));
      if (wrong.length > 0) throw new Error(`${torrent.name} in ${folder}: ${wrong.join("; ")}`);
    }
  }

  async change(): Promise<void> {
    const { album } = this.#stage;
    const { limit, label } = this.#program;
    if (limit === undefined) this.#skip("limit");
    else {
      await limit(album.infoHash, LIMIT);
      await this.#until(album, "has its limit", ({ downLimit = LIMIT }) => downLimit === LIMIT);
    }
    if (label === undefined) return this.#skip("label");
    await label(album.infoHash, "music");
    await this.#until(album, "has its label", ({ labels = [] }) => labels.includes("music"));
  }

  async moveAndRename(): Promise<void> {
    const { album, film, saveDir } = this.#stage;
    const { move, rename } = this.#program;
    const moved = join(saveDir, "moved");
    if (move === undefined) this.#skip("move");
    else {
      await move(album.infoHash, moved);
      const isThere = (): boolean => differences(digestOf(album, moved), digestOf(album, album.dataDir)).length === 0;
      await waitFor(isThere, { what: `${album.name} is in ${moved}`, deadlineMs: DEADLINE_MS });
      await this.#until(album, "shows where it is", ({ folder = moved }) => folder.startsWith(moved));
    }
    if (rename === undefined) return this.#skip("rename");
    await rename(film.infoHash, { from: film.name, to: "movie.mkv" });
    const [line = ""] = digestTree(join(film.dataDir, film.name));
    const isNamed = (): boolean => digestTree(join(saveDir, "movie.mkv"))[0] === line;
    await waitFor(isNamed, { what: `${film.name} is movie.mkv`, deadlineMs: DEADLINE_MS });
  }

  async verifyAndStop(): Promise<void> {
    const { album, film } = this.#stage;
    for (const torrent of [album, film]) {
      await this.#program.verify(torrent.infoHash);
      await this.#until(torrent, "is complete after a check", ({ progress }) => progress === 1);
    }
    await this.#program.stop(album.infoHash);
    await this.#until(album, "is stopped", ({ isStopped }) => isStopped);
    await this.#program.start(album.infoHash);
    await this.#until(album, "runs again", ({ isStopped }) => !isStopped);
  }

  async removeAll(): Promise<void> {
    const { album, film, show, saveDir } = this.#stage;
    const albumDir = join(saveDir, this.#program.move === undefined ? "" : "moved", album.name);
    const filmFile = join(this.#folderOf(film), this.#program.rename === undefined ? film.name : "movie.mkv");
    await this.#program.remove(album.infoHash, { withData: true });
    await this.#program.remove(show.infoHash, { withData: true });
    await this.#program.remove(film.infoHash, { withData: false });
    const gone = [albumDir, join(this.#folderOf(show), show.name)];
    await waitFor(() => !gone.some((path) => existsSync(path)), { what: `${gone.join(", ")} are gone` });
    await waitFor(async () => (await this.#program.list()).length === 0, { what: "the list is empty" });
    if (!existsSync(filmFile)) throw new Error(`${filmFile} was to stay`);
  }

  /** Where its file or folder is at first. */
  #folderOf({ isSingleFile, name }: Fixture): string {
    const { saveDir } = this.#stage;
    return isSingleFile && this.#program.wantsFolders === true ? join(saveDir, basename(name, ".mkv")) : saveDir;
  }

  #skip(step: string): void {
    this.skipped.push(step);
  }

  async #look({ infoHash }: Fixture): Promise<Shown | undefined> {
    return (await this.#program.list()).find(({ hash }) => hash.toLowerCase() === infoHash);
  }

  async #until(torrent: Fixture, what: string, isTrue: (shown: Shown) => boolean | Promise<boolean>): Promise<void> {
    let last: Shown | undefined;
    const look = async (): Promise<boolean> => {
      last = await this.#look(torrent);
      return last !== undefined && (await isTrue(last));
    };
    const described = (): string => `${this.#program.name}: ${torrent.name} ${what}; it shows ${JSON.stringify(last)}`;
    await waitFor(look, { what: described, deadlineMs: DEADLINE_MS, intervalMs: 100 });
  }
}
