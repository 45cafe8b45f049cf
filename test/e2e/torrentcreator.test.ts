/** qBittorrent's `torrentcreator`, with data that is there: made in the background, fetched, seeded, forgotten. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DaemonProcess } from "../support/daemon-process.ts";
import { TestFolder } from "../support/folder.ts";
import { waitFor } from "../support/wait-for.ts";

type Task = Readonly<Record<string, unknown>>;

let folder: TestFolder;
let daemon: DaemonProcess;

beforeAll(async () => {
  folder = new TestFolder("torrentcreator");
  const downloadDir = folder.folder("data");
  mkdirSync(join(downloadDir, "album", "second"), { recursive: true });
  writeFileSync(join(downloadDir, "album", "one.mp3"), Buffer.alloc(100_000, "a"));
  writeFileSync(join(downloadDir, "album", "second", "two.mp3"), Buffer.alloc(70_000, "b"));
  daemon = await DaemonProcess.start({ stateDir: folder.at("state"), downloadDir, extra: ["--auth", "none"] });
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function ask(path: string, form?: Readonly<Record<string, string>>): Promise<Response> {
  const init = form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) };
  return await fetch(`${daemon.url}/api/v2/${path}`, init);
}

async function json<T>(path: string): Promise<T> {
  return JSON.parse(await (await ask(path)).text()) as T;
}

async function make(form: Readonly<Record<string, string>>): Promise<string> {
  const response = await ask("torrentcreator/addTask", { sourcePath: join(folder.folder("data"), "album"), ...form });
  const { taskID } = (await response.json()) as { taskID: string };
  return taskID;
}

async function ended(taskID: string): Promise<Task> {
  return await waitFor(
    async () => {
      const [task] = await json<Task[]>(`torrentcreator/status?taskID=${taskID}`);
      return task?.["status"] === "Finished" || task?.["status"] === "Failed" ? task : undefined;
    },
    { what: `the end of task ${taskID}` },
  );
}

describe("torrentcreator", () => {
  it("makes a torrent that is fetched, and seeded at once", async () => {
    const wanted = { pieceSize: "16384", private: "true", comment: "mine", source: "here" };
    const taskID = await make({ ...wanted, trackers: "http%3A%2F%2F127.0.0.1%3A9%2Fannounce||udp://127.0.0.1:9/x" });
    const task = await ended(taskID);
    expect(task).toMatchObject({
      taskID,
      status: "Finished",
      sourcePath: join(folder.folder("data"), "album"),
      pieceSize: 16_384,
      private: true,
      comment: "mine",
      source: "here",
      format: "v1",
      trackers: ["http://127.0.0.1:9/announce", "", "udp://127.0.0.1:9/x"],
      urlSeeds: [""],
    });
    const DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d+ \d\d:\d\d:\d\d \d{4}$/;
    for (const key of ["timeAdded", "timeStarted", "timeFinished"]) expect(task[key]).toMatch(DATE);
    const file = await ask(`torrentcreator/torrentFile?taskID=${taskID}`);
    expect(file.headers.get("content-type")).toBe("application/x-bittorrent");
    expect(file.headers.get("content-disposition")).toBe(`attachment; filename="${taskID}.torrent"`);
    const bytes = Buffer.from(await file.arrayBuffer());
    const info = bytes.subarray(bytes.indexOf("4:info") + "4:info".length, -1);
    const hash = createHash("sha1").update(info).digest("hex");
    const seeded = await waitFor(async () => (await json<Task[]>(`torrents/info?filter=seeding&hashes=${hash}`))[0], {
      what: "it is seeded",
    });
    expect(seeded).toMatchObject({ name: "album", progress: 1, private: true, total_size: 170_000 });
    expect((await ask("torrentcreator/deleteTask", { taskID })).status).toBe(200);
    expect((await ask(`torrentcreator/status?taskID=${taskID}`)).status).toBe(404);
    expect((await ask("torrentcreator/deleteTask", { taskID })).status).toBe(404);
  });

  it("seeds nothing that it is not told to, and lists what it made", async () => {
    const before = await json<Task[]>("torrents/info");
    const taskID = await make({ startSeeding: "false" });
    expect((await ended(taskID))["status"]).toBe("Finished");
    expect((await json<Task[]>("torrentcreator/status")).map((task) => task["taskID"])).toContain(taskID);
    expect(await json<Task[]>("torrents/info")).toHaveLength(before.length);
  });

  it.each<[Readonly<Record<string, string>>, number]>([
    [{ sourcePath: "/etc" }, 403],
    [{ sourcePath: "album" }, 409],
    [{ pieceSize: "5" }, 409],
    [{ torrentFilePath: "/tmp/x.torrent" }, 409],
  ])("refuses %j with %d", async (form, status) => {
    const sourcePath = join(folder.folder("data"), "album");
    expect((await ask("torrentcreator/addTask", { sourcePath, ...form })).status).toBe(status);
  });
});
