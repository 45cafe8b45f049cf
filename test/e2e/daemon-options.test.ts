/** Options of what is added: each does what it says, from the service down to the files. */
import { existsSync, openSync, readFileSync, writeSync, closeSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DaemonRun } from "../support/daemon.ts";
import { type Fixture, makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { leech } from "../support/raw-leech.ts";
import { encodeHandshake } from "../support/raw-wire.ts";
import { waitFor } from "../support/wait-for.ts";

const KIB = 1024;
const PIECE = 32 * KIB;

describe("a torrent that is added", () => {
  const folder = new TestFolder("daemon-options");
  const saved = folder.folder("saved");
  /** A second daemon has all of them, for the first to download from. */
  const single = fixture("film.bin", 5 * PIECE);
  const many = fixture("album", [
    { path: ["a.bin"], lengthBytes: 3 * PIECE },
    { path: ["cd 1", "b.bin"], lengthBytes: 2 * PIECE + 5 },
  ]);
  let seed: DaemonRun;
  let daemon: DaemonRun;
  let seedPort: number;

  function fixture(name: string, files: Parameters<typeof makeFixture>[1]["files"]): Fixture {
    return makeFixture(folder.folder(`source-${name}`), { name, pieceLength: PIECE, files });
  }

  beforeAll(async () => {
    const roots = [folder.path];
    [seed, daemon] = await Promise.all([
      DaemonRun.start({
        stateDir: folder.at("seed"),
        settings: [`downloads.folder=${saved}`, `downloads.roots=${roots.join()}`],
      }),
      DaemonRun.start({
        stateDir: folder.at("state"),
        settings: [`downloads.folder=${saved}`, `downloads.roots=${roots.join()}`],
      }),
    ]);
    seedPort = await portOf(seed);
    for (const each of [single, many]) await seed.add(each.torrentBytes, { folder: each.dataDir, skipCheck: true });
    for (const { infoHash } of [single, many])
      await seed.waitFor(infoHash, ({ state }) => state === "seeding", "to seed without a check");
  }, 120_000);

  afterAll(async () => {
    await seed[Symbol.asyncDispose]();
    await daemon[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function portOf(run: DaemonRun): Promise<number> {
    return (await run.call<{ listenPort: number }>("session.view")).listenPort;
  }

  async function download({ infoHash }: Fixture): Promise<void> {
    // Named again: while it is taken in anew, after a move, nobody hears of peers.
    await waitFor(
      async () => {
        await daemon.call("torrents.addPeers", infoHash, [`127.0.0.1:${seedPort}`]);
        return (await daemon.get(infoHash))?.state === "seeding";
      },
      { what: "the download", intervalMs: 500, deadlineMs: 60_000 },
    );
  }

  async function remove({ infoHash }: Fixture): Promise<void> {
    await daemon.call("torrents.remove", [infoHash], { deleteData: true });
  }

  it("is believed with skipCheck, and never sends a piece that is false", async () => {
    const torrent = fixture("skip.bin", 4 * PIECE);
    const path = join(torrent.dataDir, torrent.name);
    const file = openSync(path, "r+");
    writeSync(file, Buffer.from("not what the torrent says"), 0, 10, 2 * PIECE);
    closeSync(file);
    await daemon.add(torrent.torrentBytes, { folder: torrent.dataDir, skipCheck: true });
    const view = await daemon.waitFor(torrent.infoHash, ({ state }) => state === "seeding", "to believe");
    expect([view.piecesHave, view.progress]).toEqual([4, 1]);
    const got = await leech(torrent, { address: "127.0.0.1", port: await portOf(daemon) });
    expect(got).toMatchObject({ passedPieces: 2, failedPieces: 0 });
    const failed = await daemon.waitFor(torrent.infoHash, ({ state }) => state === "error", "to say that it is false");
    expect(failed.problem).toMatchObject({ code: "corrupt" });
    await daemon.setIntent([torrent.infoHash], "start");
    const checked = await daemon.waitFor(torrent.infoHash, ({ state }) => state === "downloading", "a check");
    expect(checked.piecesHave).toBe(3);
  });

  it("rests when its files are checked, or its metadata is here", async () => {
    const { infoHash, torrentBytes, dataDir } = many;
    await daemon.add(torrentBytes, { folder: dataDir, stopWhen: "checked" });
    await daemon.waitFor(
      infoHash,
      ({ state, isComplete }) => state === "stopped" && isComplete,
      "to rest when checked",
    );
    await daemon.setIntent([infoHash], "start");
    await daemon.waitFor(infoHash, ({ state }) => state === "seeding", "to seed when started");
    await daemon.call("torrents.remove", [infoHash], { deleteData: false });

    const magnet = { type: "magnet", uri: `magnet:?xt=urn:btih:${infoHash}` };
    await daemon.call("torrents.add", { source: magnet, stopWhen: "metadata" });
    await daemon.call("torrents.addPeers", infoHash, [`127.0.0.1:${seedPort}`]);
    const rests = await daemon.waitFor(
      infoHash,
      ({ state, intent }) => state === "stopped" && intent === "stop",
      "to rest",
    );
    expect([rests.name, rests.piecesHave, existsSync(join(saved, "album"))]).toEqual(["album", 0, false]);
    await daemon.setIntent([infoHash], "start");
    await download(many);
    await remove(many);
  });

  it("lies as its layout says, and goes as it came", async () => {
    await daemon.add(many.torrentBytes, { layout: "no-subfolder", folder: join(saved, "flat") });
    await daemon.add(single.torrentBytes, { layout: "subfolder" });
    await Promise.all([download(many), download(single)]);
    expect((await daemon.files(many.infoHash)).map(({ path }) => path)).toEqual(["a.bin", "cd 1/b.bin"]);
    expect((await daemon.get(many.infoHash))?.contentPath).toBe(join(saved, "flat"));
    expect((await daemon.get(single.infoHash))?.contentPath).toBe(join(saved, "film", "film.bin"));
    const flat = join(saved, "flat", "cd 1", "b.bin");
    expect(readFileSync(flat)).toEqual(readFileSync(join(many.dataDir, "album", "cd 1", "b.bin")));
    await Promise.all([remove(many), remove(single)]);
    await expect.poll(() => existsSync(flat) || existsSync(join(saved, "film")), { timeout: 30_000 }).toBe(false);
  });

  it("lies in its own folder for the incomplete, or its category's, until it is whole", async () => {
    const [first, second] = [join(saved, "first"), join(saved, "second")];
    await daemon.call("labels.createCategory", "films", { incompleteFolder: first });
    const { torrent } = await daemon.add(single.torrentBytes, { category: "films" });
    expect([torrent.currentFolder, torrent.incompleteFolder, torrent.folder]).toEqual([first, first, saved]);
    await daemon.call("torrents.update", [single.infoHash], { incompleteFolder: second });
    await daemon.waitFor(single.infoHash, ({ currentFolder }) => currentFolder === second, "to go there");
    await download(single);
    const done = await daemon.waitFor(single.infoHash, ({ currentFolder }) => currentFolder === saved, "to come home");
    expect([done.incompleteFolder, existsSync(join(saved, "film.bin"))]).toEqual([undefined, true]);
    await remove(single);
  });

  it("takes no more peers than it is told to", async () => {
    await daemon.add(single.torrentBytes, { peersMax: 1, priority: 1, limits: { down: 20_000 } });
    await daemon.call("torrents.addPeers", single.infoHash, [`127.0.0.1:${seedPort}`]);
    await daemon.waitFor(single.infoHash, ({ peers }) => peers === 1, "one peer");
    const late = await leech(single, { address: "127.0.0.1", port: await portOf(daemon) }, { patienceMs: 5_000 });
    expect(late.bytes).toBe(0);
    expect((await daemon.get(single.infoHash))?.peers).toBe(1);
    await daemon.call("torrents.update", [single.infoHash], { peersMax: undefined, priority: -1, limits: {} });
    await download(single);
  });

  it("sends away who came last when it may have fewer peers, and lets others in when it may have more", async () => {
    const { infoHash } = many;
    const visitors: Visitor[] = [];
    const visit = async (peers: number): Promise<void> => {
      visitors.push(new Visitor(infoHash, seedPort));
      await seed.waitFor(infoHash, (view) => view.peers === peers, `${peers} peers`);
    };
    for (const peers of [1, 2, 3]) await visit(peers);
    await seed.call("torrents.update", [infoHash], { peersMax: 1 });
    await Promise.all(visitors.slice(1).map(({ closed }) => closed));
    await seed.waitFor(infoHash, ({ peers }) => peers === 1, "one peer");
    expect(visitors[0]?.isClosed).toBe(false);
    await seed.call("torrents.update", [infoHash], { peersMax: 2 });
    await visit(2);
    for (const visitor of visitors) visitor.leave();
  });
});

/** Shakes hands, and stays. */
class Visitor {
  readonly closed: Promise<void>;
  isClosed = false;
  readonly #socket: Socket;

  constructor(infoHash: string, port: number) {
    this.#socket = connect({ host: "127.0.0.1", port });
    this.#socket.on("error", () => undefined);
    this.#socket.on("connect", () => this.#socket.write(encodeHandshake(infoHash, "-RV0001-")));
    this.#socket.resume();
    this.closed = new Promise((resolve) => {
      this.#socket.on("close", () => {
        this.isClosed = true;
        resolve();
      });
    });
  }

  leave(): void {
    this.#socket.destroy();
  }
}
