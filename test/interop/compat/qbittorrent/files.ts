/** Files: priorities, names, places. */
import type { Fixture } from "../../../support/fixtures.ts";
import type { Step } from "../conversation.ts";
import { type Fields, get, MAGNET_HASH, pick, post, rowsOf, UNKNOWN } from "./asks.ts";

export function files({ infoHash: hash }: Fixture): Step[] {
  const priority = (name: string, fields: Fields): Step =>
    post(`filePrio ${name}`, "torrents/filePrio", { hash, ...fields });
  const names = (answer: unknown): unknown => rowsOf(answer).map(({ name }) => name);
  return [
    priority("0|2", { id: "0|2", priority: "6" }),
    priority("7", { id: "1", priority: "7" }),
    get("files after filePrio", "torrents/files", { hash }, { values: pick("priority") }),
    priority("3", { id: "0", priority: "3" }),
    priority("text", { id: "0", priority: "x" }),
    priority("of x", { id: "x", priority: "1" }),
    priority("of 9", { id: "9", priority: "1" }),
    priority("without id", { priority: "1" }),
    post("filePrio of an unknown hash", "torrents/filePrio", { hash: UNKNOWN, id: "0", priority: "1" }),
    post("filePrio of the magnet", "torrents/filePrio", { hash: MAGNET_HASH, id: "0", priority: "1" }),
    priority("all", { id: "0|1|2", priority: "1" }),
    post("rename", "torrents/rename", { hash, name: "my record" }),
    get("after rename", "torrents/info", { hashes: hash }, { values: pick("name") }),
    post("rename to nothing", "torrents/rename", { hash, name: " " }),
    post("rename without name", "torrents/rename", { hash }),
    post("rename an unknown hash", "torrents/rename", { hash: UNKNOWN, name: "x" }),
    post("renameFile", "torrents/renameFile", {
      hash,
      oldPath: "album/second/two.mp3",
      newPath: "album/second/zwei.mp3",
    }),
    get(
      "files after renameFile",
      "torrents/files",
      { hash },
      { values: names, until: (answer) => rowsOf(answer).some(({ name }) => name === "album/second/zwei.mp3") },
    ),
    post("renameFile, not there", "torrents/renameFile", { hash, oldPath: "album/nope", newPath: "album/x" }),
    post("renameFile, taken", "torrents/renameFile", { hash, oldPath: "album/one.mp3", newPath: "album/cover.jpg" }),
    post("renameFile, absolute", "torrents/renameFile", { hash, oldPath: "album/one.mp3", newPath: "/etc/x" }),
    post("renameFile without", "torrents/renameFile", { hash, oldPath: "album/one.mp3" }),
    post("renameFolder", "torrents/renameFolder", { hash, oldPath: "album/second", newPath: "album/zweite" }),
    get(
      "files after renameFolder",
      "torrents/files",
      { hash },
      { values: names, until: (answer) => rowsOf(answer).some(({ name }) => String(name).includes("zweite")) },
    ),
    post("renameFolder, not there", "torrents/renameFolder", { hash, oldPath: "album/nope", newPath: "album/x" }),
    post("setLocation", "torrents/setLocation", ({ saveDir }) => ({ hashes: hash, location: `${saveDir}/moved` })),
    get(
      "after setLocation",
      "torrents/info",
      { hashes: hash },
      {
        until: (answer) =>
          String(rowsOf(answer)[0]?.["save_path"]).endsWith("/moved") &&
          String(rowsOf(answer)[0]?.["state"]).endsWith("UP"),
        values: pick("progress"),
      },
    ),
    post("setLocation, empty", "torrents/setLocation", { hashes: hash, location: "" }),
    post("setLocation without", "torrents/setLocation", { hashes: hash }),
    post("setLocation of an unknown hash, empty", "torrents/setLocation", { hashes: UNKNOWN, location: "" }),
    post("setLocation into what cannot be", "torrents/setLocation", { hashes: hash, location: "/proc/nope" }),
    post("setLocation below a file", "torrents/setLocation", ({ saveDir }) => ({
      hashes: hash,
      location: `${saveDir}/moved/album/one.mp3/x`,
    })),
    post("setSavePath", "torrents/setSavePath", ({ saveDir }) => ({ id: UNKNOWN, path: `${saveDir}/saved` })),
    post("setSavePath, empty", "torrents/setSavePath", { id: hash, path: "" }),
    post("setSavePath below a file", "torrents/setSavePath", ({ saveDir }) => ({
      id: hash,
      path: `${saveDir}/moved/album/one.mp3/x`,
    })),
    post("setDownloadPath, none", "torrents/setDownloadPath", { id: UNKNOWN, path: "" }),
    post("setDownloadPath below a file", "torrents/setDownloadPath", ({ saveDir }) => ({
      id: hash,
      path: `${saveDir}/moved/album/one.mp3/x`,
    })),
    post("renameFile of a folder", "torrents/renameFile", { hash, oldPath: "album", newPath: "album2" }),
    post("renameFile of the magnet", "torrents/renameFile", { hash: MAGNET_HASH, oldPath: "a", newPath: "b" }),
  ];
}
