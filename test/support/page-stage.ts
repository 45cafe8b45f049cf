/**
 * A daemon as its page would find it on a busy day: downloads at a limited rate from a second daemon, seeds that the second
 * one downloads, stopped ones, a magnet link without metadata, a tracker that fails, a film with subtitles.
 */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AddOptions, AddSource } from "@torrential/api";
import { DaemonProcess } from "./daemon-process.ts";
import { type Fixture, type FixtureFile, makeFixture } from "./fixtures.ts";
import { TestFolder } from "./folder.ts";
import { PAGE_PASSWORD } from "./page-visit.ts";
import { run } from "./process.ts";
import { runTorrential } from "./torrential.ts";
import { TestTracker } from "./tracker.ts";
import { waitFor } from "./wait-for.ts";

const MIB = 1_048_576;

/** All that the second daemon gives and takes, so that transfers last as long as somebody looks. */
const RATE_LIMIT = 400_000;

export interface StageOptions {
  /** Made with ffmpeg; takes a second. */
  readonly hasFilm?: boolean;
}

/** What is on it: who has it, and where it is filed. */
interface Role {
  readonly name: string;
  readonly files: number | readonly FixtureFile[];
  readonly has: "us" | "them" | "nobody";
  readonly options: AddOptions;
}

const ROLES: readonly Role[] = [
  {
    name: "debian-13.2.0-amd64-netinst.iso",
    files: 64 * MIB,
    has: "them",
    options: { category: "linux", tags: ["iso", "fresh"] },
  },
  { name: "openstreetmap-planet-extract.osm.pbf", files: 18 * MIB, has: "them", options: { category: "data/maps" } },
  {
    name: "Gutenberg – collected works (2026)",
    files: [
      { path: ["Austen", "Pride and Prejudice.epub"], lengthBytes: MIB },
      { path: ["Austen", "Emma.epub"], lengthBytes: 2 * MIB },
      { path: ["Melville", "Moby Dick.epub"], lengthBytes: 3 * MIB },
      { path: ["Melville", "notes", "Bartleby.txt"], lengthBytes: 40_000 },
      { path: ["README.txt"], lengthBytes: 2_000 },
    ],
    has: "them",
    options: { category: "books", tags: ["reading"], isSequential: true },
  },
  {
    name: "archlinux-2026.11.01-x86_64.iso",
    files: 64 * MIB,
    has: "us",
    options: { category: "linux", tags: ["iso"] },
  },
  {
    name: "wikipedia_en_simple_all_maxi.zim",
    files: 12 * MIB,
    has: "us",
    options: { category: "data", tags: ["wiki"] },
  },
  { name: "fedora-workstation-43.iso", files: 2 * MIB, has: "nobody", options: { category: "linux", intent: "stop" } },
  { name: "nobody-has-this.tar.zst", files: 2 * MIB, has: "nobody", options: {} },
];

const COLORS = [
  ["linux", "#f76b15"],
  ["books", "#0090ff"],
  ["data/maps", "#46a758"],
] as const;

export class PageStage implements AsyncDisposable {
  readonly folder: TestFolder;
  readonly daemon: DaemonProcess;
  readonly fixtures: ReadonlyMap<string, Fixture>;
  readonly #held: readonly AsyncDisposable[];

  private constructor(parts: {
    readonly folder: TestFolder;
    readonly daemon: DaemonProcess;
    readonly fixtures: ReadonlyMap<string, Fixture>;
    readonly held: readonly AsyncDisposable[];
  }) {
    this.folder = parts.folder;
    this.daemon = parts.daemon;
    this.fixtures = parts.fixtures;
    this.#held = parts.held;
  }

  /** Resolves when something is being downloaded and something is being uploaded. */
  static async start({ hasFilm = false }: StageOptions = {}): Promise<PageStage> {
    const folder = new TestFolder("page-stage");
    const tracker = await TestTracker.start("127.0.0.1");
    const them = await startDaemon(folder, "them", [`limits.up=${RATE_LIMIT}`, `limits.down=${RATE_LIMIT}`]);
    const daemon = await startDaemon(folder, "us", []);
    const fixtures = new Map<string, Fixture>();
    for (const role of ROLES)
      fixtures.set(role.name, await play(role, { folder, announce: tracker.url, daemon, them }));
    for (const [name, color] of COLORS) {
      await daemon.client.call("updateCategory", { query: { name }, body: { color } });
    }
    if (hasFilm) await addFilm({ folder, announce: tracker.url, daemon, them });
    const magnet = `magnet:?xt=urn:btih:${"c0ffee".repeat(7).slice(0, 40)}&dn=an-old-recording`;
    await add(daemon, { type: "magnet", uri: magnet }, { tags: ["fresh"] });
    await waitFor(
      async () => {
        const { downRate, upRate } = await daemon.client.call("showSession", {});
        return downRate > 0 && upRate > 0;
      },
      { what: "something moves in both directions" },
    );
    return new PageStage({ folder, daemon, fixtures, held: [daemon, them, tracker] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#held) await each[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

function startDaemon(folder: TestFolder, name: string, settings: readonly string[]): Promise<DaemonProcess> {
  return DaemonProcess.start({
    stateDir: folder.at(name, "state"),
    downloadDir: folder.folder(name, "downloads"),
    extra: settings.flatMap((setting) => ["--set", setting]),
    env: { TORRENTIAL_PASSWORD: PAGE_PASSWORD },
  });
}

interface Cast {
  readonly folder: TestFolder;
  readonly announce: string;
  readonly daemon: DaemonProcess;
  readonly them: DaemonProcess;
}

async function play({ name, files, has, options }: Role, { folder, announce, daemon, them }: Cast): Promise<Fixture> {
  const owner = { us: "us", them: "them", nobody: "nobody" }[has];
  const source = folder.folder(owner, "made", name);
  const url = has === "nobody" && options.intent !== "stop" ? "http://127.0.0.1:1/announce" : announce;
  const fixture = makeFixture(source, { name, files, pieceLength: 131_072, announce: url });
  const file = { type: "file", base64: fixture.torrentBytes.toString("base64") } as const;
  if (has !== "nobody")
    cpSync(join(fixture.dataDir, name), join(folder.at(owner, "downloads"), name), { recursive: true });
  if (has === "them") await add(them, file, {});
  await add(daemon, file, options);
  if (has === "us") await add(them, file, {});
  return fixture;
}

async function add(daemon: DaemonProcess, source: AddSource, options: AddOptions): Promise<void> {
  await daemon.client.call("addTorrents", { body: { sources: [source], options } });
}

/** Three quarters of a minute of a test picture that has to be downloaded, with subtitles in two languages and forms. */
async function addFilm({ folder, announce, daemon, them }: Cast): Promise<void> {
  const film = folder.folder("them", "downloads", "A film");
  await makeFilm(join(film, "film.webm"));
  writeFileSync(join(film, "film.en.vtt"), "WEBVTT\n\n00:00.000 --> 00:40.000\nSubtitles (en)\n");
  writeFileSync(join(film, "film.de.srt"), "1\n00:00:00,000 --> 00:00:40,000\nUntertitel (de)\n");
  const torrent = folder.at("film.torrent");
  await runTorrential(["create", film, "-o", torrent, "--tracker", announce]);
  const file = { type: "file", base64: readFileSync(torrent).toString("base64") } as const;
  await add(them, file, {});
  await add(daemon, file, { category: "films" });
}

async function makeFilm(path: string): Promise<void> {
  const picture = "testsrc=duration=45:size=320x180:rate=15";
  const video = ["-c:v", "libvpx", "-b:v", "400k", "-g", "15", "-deadline", "realtime", "-cpu-used", "8"];
  await run("ffmpeg", ["-loglevel", "error", "-y", "-f", "lavfi", "-i", picture, ...video, path]);
}
