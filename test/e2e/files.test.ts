/** The library's file manager on real files: priorities changed live, names, folders, and what a removal leaves. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Endpoint, makeEndpoint, parseMetainfo } from "@torrential/core";
import { type Client, createClient, type Torrent } from "@torrential/node";
import { describe, expect, it } from "vitest";
import { digestTree } from "../support/digest.ts";
import type { RawSeed } from "../support/raw-peer.ts";
import { waitFor } from "../support/wait-for.ts";
import { KIB, Scene } from "./setup.ts";

const FILES = [
  { path: ["a.bin"], lengthBytes: 100_000 },
  { path: ["sub", "b.bin"], lengthBytes: 200_000 },
  { path: ["sub", "c.bin"], lengthBytes: 50_000 },
];
const UNWANTED_B = [4, 0, 4];
const ALL = [4, 4, 4];
const SHARED_MEMORY = "/dev/shm";
const hasOtherDevice = existsSync(SHARED_MEMORY) && statSync(SHARED_MEMORY).dev !== statSync(tmpdir()).dev;

const canMount = spawnSync("unshare", ["-m", "true"]).status === 0 && process.getuid?.() === 0;

interface World extends AsyncDisposable {
  readonly scene: Scene;
  readonly client: Client;
  readonly torrent: Torrent;
  readonly seed: RawSeed;
}

async function begin(label: string, options: { readonly filePriorities?: readonly number[] } = {}): Promise<World> {
  const scene = Scene.make(label, { name: "tree", files: FILES, pieceLength: 32 * KIB });
  const seed = await scene.startSeed();
  const client = await createClient({ stateDir: scene.stateDir, bind: "127.0.0.1" });
  const torrent = await client.add(parseMetainfo(scene.fixture.torrentBytes), {
    root: scene.saveDir,
    peers: [endpointOf(seed)],
    trackers: [],
    ...options,
  });
  return {
    scene,
    client,
    torrent,
    seed,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await scene[Symbol.asyncDispose]();
    },
  };
}

const endpointOf = (seed: RawSeed): Endpoint => makeEndpoint("127.0.0.1", Number(seed.hostPort.split(":")[1]));
const isThere = ({ status }: { readonly status: string }): boolean => status === "finished" || status === "seeding";
const names = (folder: string): readonly string[] => digestTree(folder).map((line) => line.split(" ")[0] ?? "");

async function expectSource(world: World, folder: string): Promise<void> {
  expect(digestTree(folder)).toEqual(digestTree(join(world.scene.fixture.dataDir, "tree")));
}

describe("the library's files", () => {
  it("are made only where they are wanted, and appear with all their blocks when they are", async () => {
    await using world = await begin("parts", { filePriorities: UNWANTED_B });
    const { torrent, scene } = world;
    await torrent.until(isThere);
    expect(names(join(scene.saveDir, "tree"))).toEqual(["a.bin", "sub/c.bin"]);
    const parts = join(scene.saveDir, `.${torrent.infoHash}.parts`);
    expect(readdirSync(parts)).toEqual(["1"]);
    torrent.setFilePriorities(ALL);
    await torrent.until(({ status }) => status === "seeding");
    await expectSource(world, join(scene.saveDir, "tree"));
    expect(existsSync(parts)).toBe(false);
    expect(torrent.files().map(({ verifiedBytes }) => verifiedBytes)).toEqual(FILES.map((file) => file.lengthBytes));
  });

  it("keep their parts over a restart, without fetching them again", async () => {
    await using world = await begin("parts-restart", { filePriorities: UNWANTED_B });
    const { torrent, scene, seed } = world;
    await torrent.until(isThere);
    await world.client.close();
    const before = seed.uploaded;
    await using again = await createClient({ stateDir: scene.stateDir, bind: "127.0.0.1" }).then((client) => ({
      client,
      [Symbol.asyncDispose]: async () => await client.close(),
    }));
    const peers = [endpointOf(seed)];
    const place = { root: scene.saveDir, trackers: [], peers };
    const second = await again.client.add(parseMetainfo(scene.fixture.torrentBytes), { ...place, filePriorities: ALL });
    await second.until(({ status }) => status === "seeding");
    await expectSource(world, join(scene.saveDir, "tree"));
    expect(seed.uploaded - before).toBeLessThan(scene.fixture.lengthBytes - before + 16 * KIB);
  });

  it("get other names while peers stay, and keep them over a restart", async () => {
    await using world = await begin("rename");
    const { torrent, scene, client } = world;
    await torrent.until(({ status }) => status === "seeding");
    await torrent.rename("tree/sub", "tree/other");
    await torrent.rename("tree/a.bin", "tree/other/../a/b\u202e.bin");
    expect(names(join(scene.saveDir, "tree"))).toEqual(["other/_/a/b.bin", "other/b.bin", "other/c.bin"]);
    await expect(torrent.rename("tree/other/b.bin", "tree/other/c.bin")).rejects.toThrow("has that name");
    await expect(torrent.rename("tree/none", "x")).rejects.toThrow("has no");
    expect(torrent.status().state.status).toBe("seeding");
    await client.close();
    const again = await createClient({ stateDir: scene.stateDir, bind: "127.0.0.1" });
    const second = await again.add(parseMetainfo(scene.fixture.torrentBytes), { root: scene.saveDir, trackers: [] });
    await second.until(({ status }) => status === "seeding");
    expect(second.files().map(({ path }) => path.join("/"))).toContain("tree/other/b.bin");
    await second.remove({ deleteFiles: true });
    expect(readdirSync(scene.saveDir)).toEqual([]);
    await again.close();
  });

  it("move to another folder while they are being downloaded, and come whole", async () => {
    await using world = await begin("move-live");
    const { torrent, scene } = world;
    const to = scene.folder.folder("elsewhere");
    await torrent.move(to);
    expect(torrent.root).toBe(to);
    await torrent.until(({ status }) => status === "seeding");
    await expectSource(world, join(to, "tree"));
    expect(readdirSync(scene.saveDir)).toEqual([]);
  });

  it("are not moved over what is there", async () => {
    await using world = await begin("move-refused");
    const { torrent, scene } = world;
    await torrent.until(({ status }) => status === "seeding");
    const to = scene.folder.folder("elsewhere");
    mkdirSync(join(to, "tree"));
    writeFileSync(join(to, "tree", "a.bin"), "theirs");
    await expect(torrent.move(to)).rejects.toThrow("exists already");
    expect(torrent.root).toBe(scene.saveDir);
    await expectSource(world, join(scene.saveDir, "tree"));
    expect(names(join(to, "tree"))).toEqual(["a.bin"]);
  });

  it.skipIf(!hasOtherDevice)("are copied to another device, verified, and go on from there", async () => {
    await using world = await begin("move-device");
    const { torrent, scene, client } = world;
    await torrent.until(({ status }) => status === "seeding");
    const to = mkdtempSync(join(SHARED_MEMORY, "torrential-move-"));
    try {
      const states: string[] = [];
      client.subscribe((event) => event.type === "state" && states.push(event.state.status));
      await torrent.move(to, { bytesPerSec: 10_000_000 });
      await torrent.until(({ status }) => status === "seeding");
      expect(states).toEqual(["stopping", "stopped", "moving", "stopped", "checking", "seeding"]);
      await expectSource(world, join(to, "tree"));
      expect(readdirSync(scene.saveDir)).toEqual([]);
      await torrent.remove({ deleteFiles: true });
      expect(readdirSync(to)).toEqual([]);
    } finally {
      rmSync(to, { recursive: true, force: true });
    }
  });

  it.skipIf(!canMount)("stay where they are when the other device is full, and leave nothing there", async () => {
    await using world = await begin("move-full");
    const { torrent, scene } = world;
    await torrent.until(({ status }) => status === "seeding");
    const to = scene.folder.folder("small");
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=200k", "none", to]).status).toBe(0);
    try {
      // The first file fits, the second does not.
      await expect(torrent.move(to)).rejects.toThrow("the disk is full");
      expect(readdirSync(to)).toEqual([]);
      expect(torrent.root).toBe(scene.saveDir);
      await torrent.until(({ status }) => status === "seeding");
      await expectSource(world, join(scene.saveDir, "tree"));
    } finally {
      spawnSync("umount", ["-l", to]);
    }
  });

  it.skipIf(!canMount)("stay where they are when they are moved to a mount of their own folder", async () => {
    await using world = await begin("move-mount");
    const { torrent, scene } = world;
    await torrent.until(({ status }) => status === "seeding");
    const to = scene.folder.folder("mounted");
    expect(spawnSync("mount", ["--bind", scene.saveDir, to]).status).toBe(0);
    try {
      await torrent.move(to);
      expect(torrent.root).toBe(to);
      await expectSource(world, join(scene.saveDir, "tree"));
      await world.client.close();
    } finally {
      spawnSync("umount", ["-l", to]);
    }
  });

  it("leave no parts behind when the torrent goes and its files stay", async () => {
    await using world = await begin("remove-parts", { filePriorities: UNWANTED_B });
    const { torrent, scene } = world;
    await torrent.until(isThere);
    await torrent.remove({ deleteFiles: false });
    await waitFor(() => readdirSync(scene.saveDir).length === 1 || undefined, { what: () => "the parts' end" });
    expect(names(join(scene.saveDir, "tree"))).toEqual(["a.bin", "sub/c.bin"]);
  });
});
