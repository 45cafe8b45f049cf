/** `torrential stream` before players: what they ask, while most of the file is still with the seed. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Fixture, makeFixture, makeFixtureOf } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { run } from "../support/process.ts";
import { RawSeed } from "../support/raw-peer.ts";
import { describeIf, missingProgram } from "../support/requirements.ts";
import { TorrentialRun } from "../support/torrential.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, MIB } from "./setup.ts";

class StreamRun implements AsyncDisposable {
  readonly run: TorrentialRun;
  readonly seed: RawSeed;
  readonly url: string;

  private constructor(parts: { readonly run: TorrentialRun; readonly seed: RawSeed; readonly url: string }) {
    this.run = parts.run;
    this.seed = parts.seed;
    this.url = parts.url;
  }

  static async start(
    folder: TestFolder,
    fixture: Fixture,
    options: { readonly rateBytesPerSec?: number; readonly args?: readonly string[] } = {},
  ): Promise<StreamRun> {
    const { rateBytesPerSec, args = [] } = options;
    const seed = await RawSeed.start(fixture, rateBytesPerSec === undefined ? {} : { rateBytesPerSec });
    const place = ["-o", folder.folder("saved"), "--state", folder.at("state"), "--bind", "127.0.0.1"];
    const network = ["--no-trackers", "--no-lsd", "--no-port-mapping", "--peer", seed.hostPort];
    const process = new TorrentialRun(["stream", fixture.torrentFile, ...place, ...network, ...args]);
    const url = await waitFor(() => findUrl(process), { what: () => `a URL; ${process.describe()}` });
    return new StreamRun({ run: process, seed, url });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run[Symbol.asyncDispose]();
    await this.seed[Symbol.asyncDispose]();
  }
}

function findUrl(process: TorrentialRun): string | undefined {
  const line = process.events.find((it) => it.line.includes('"event":"serving"'))?.line;
  return line === undefined ? undefined : /"url":"([^"]+)"/.exec(line)?.[1];
}

describe("torrential stream", () => {
  it("serves ranges of a file that is not here yet, and the right bytes", async () => {
    using folder = new TestFolder("stream-ranges");
    const fixture = makeFixture(folder.folder("source"), {
      name: "data.bin",
      pieceLength: 64 * KIB,
      files: 3 * MIB + 7,
    });
    const whole = readFileSync(join(fixture.dataDir, "data.bin"));
    await using stream = await StreamRun.start(folder, fixture, { rateBytesPerSec: 2 * MIB });
    const middle = await fetch(stream.url, { headers: { range: "bytes=2000000-2100000" } });
    expect(middle.status).toBe(206);
    expect(middle.headers.get("content-range")).toBe(`bytes 2000000-2100000/${whole.length}`);
    expect(Buffer.from(await middle.arrayBuffer()).equals(whole.subarray(2_000_000, 2_100_001))).toBe(true);
    const all = await fetch(stream.url);
    expect(all.status).toBe(200);
    expect(all.headers.get("content-disposition")).toContain("attachment");
    const digest = createHash("sha1")
      .update(Buffer.from(await all.arrayBuffer()))
      .digest("hex");
    expect(digest).toBe(createHash("sha1").update(whole).digest("hex"));
  });

  it("serves nobody who does not know the address by its name and path", async () => {
    using folder = new TestFolder("stream-gate");
    const fixture = makeFixture(folder.folder("source"), { name: "data.bin", pieceLength: 64 * KIB, files: 100_000 });
    await using stream = await StreamRun.start(folder, fixture);
    const { hostname, port, pathname } = new URL(stream.url);
    expect(hostname).toBe("127.0.0.1");
    const status = async (path: string, host: string): Promise<number | undefined> =>
      await new Promise((resolve, reject) => {
        request({ hostname, port, path, headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on("error", reject)
          .end();
      });
    expect(await status(pathname, `evil.example:${port}`)).toBe(421);
    expect(await status(pathname, `localhost:${port}`)).toBe(200);
    expect(await status(`/${"0".repeat(32)}/0/data.bin`, `127.0.0.1:${port}`)).toBe(404);
    expect(await status("/", `127.0.0.1:${port}`)).toBe(404);
  });
});

describeIf([missingProgram("ffmpeg", ["-version"])], "torrential stream before ffmpeg", () => {
  it("lets ffprobe read an index at the end, and ffmpeg decode the middle, of a film that is on its way", async () => {
    using folder = new TestFolder("stream-film");
    await using film = await startFilm(folder);
    const { stdout, stderr } = await run("ffprobe", ["-v", "error", "-show_entries", "format=duration", film.url]);
    expect(stderr).toBe("");
    expect(stdout).toContain("duration=60.0");
    expect(film.run.status?.verified).toBeLessThan(0.8 * (film.run.status?.length ?? 0));
    const seek = ["-v", "error", "-ss", "40", "-i", film.url, "-frames:v", "25", "-f", "framemd5", "-"];
    const decoded = await run("ffmpeg", seek);
    expect(decoded.stderr).toBe("");
    expect(decoded.stdout.split("\n").filter((line) => line.startsWith("0,"))).toHaveLength(25);
  });
});

// mpv brings half a desktop with it: where it is, it is asked.
const hasMpv = missingProgram("mpv") === undefined && missingProgram("ffmpeg", ["-version"]) === undefined;
describe.skipIf(!hasMpv)("torrential stream before mpv", () => {
  it("lets mpv play the middle of a film that is on its way", async () => {
    using folder = new TestFolder("stream-mpv");
    await using film = await startFilm(folder);
    const quiet = ["--no-config", "--vo=null", "--ao=null", "--no-terminal", "--untimed"];
    const { code } = await run("mpv", [...quiet, "--start=30", "--frames=25", film.url]);
    expect(code).toBe(0);
    expect(film.run.status?.verified).toBeLessThan(film.run.status?.length ?? 0);
  });
});

/** A minute of film with its index at the end, from a seed that takes a minute for it. */
async function startFilm(folder: TestFolder): Promise<StreamRun> {
  const file = join(folder.folder("film"), "film.mp4");
  const video = ["-f", "lavfi", "-i", "testsrc=size=640x360:rate=25:duration=60"];
  const audio = ["-f", "lavfi", "-i", "sine=frequency=440:duration=60"];
  const encode = ["-c:v", "mpeg4", "-b:v", "1200k", "-minrate", "1200k", "-maxrate", "1200k", "-bufsize", "1200k"];
  await run("ffmpeg", ["-v", "error", ...video, ...audio, ...encode, "-c:a", "aac", "-shortest", file]);
  const fixture = makeFixtureOf(folder.folder("source"), file, { pieceLength: 64 * KIB });
  expect(readFileSync(file).lastIndexOf("moov")).toBeGreaterThan(0.8 * fixture.lengthBytes);
  return await StreamRun.start(folder, fixture, { rateBytesPerSec: Math.ceil(fixture.lengthBytes / 60) });
}
