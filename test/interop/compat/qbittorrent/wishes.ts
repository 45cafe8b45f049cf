/** `torrents/add` with everything that may be said there, and several files in one form. */
import { relative } from "node:path";
import type { QbittorrentClient } from "../../../support/clients/qbittorrent.ts";
import type { Fixture } from "../../../support/fixtures.ts";
import type { Step } from "../conversation.ts";
import type { World } from "../world.ts";
import { addFile, type Fields, get, pick, post, rowsOf, same } from "./asks.ts";

const ALL = pick(
  "name",
  "category",
  "tags",
  "dl_limit",
  "up_limit",
  "ratio_limit",
  "seeding_time_limit",
  "seq_dl",
  "f_l_piece_prio",
  "auto_tmm",
  "progress",
  "total_size",
);
const STOPPED: Fields = { paused: "true", stopped: "true" };

export function wishes(world: World<QbittorrentClient>): Step[] {
  const make = (name: string): Fixture =>
    world.make(name, [
      { path: ["a.bin"], lengthBytes: 20_000 },
      { path: ["b.bin"], lengthBytes: 3_000 },
    ]);
  const [everything, odd, below, bare, whole, one, two] = ["all", "odd", "below", "bare", "whole", "one", "two"].map(
    (word) => make(`wish ${word}`),
  );
  if (!everything || !odd || !below || !bare || !whole || !one || !two) throw new Error("seven of them");
  for (const folder of Object.values(world.saveDirs)) world.layDown(whole, folder);
  return [
    ...added(everything, {
      ...STOPPED,
      category: "wishes",
      tags: "x, y,,x",
      rename: " my wish ",
      dlLimit: "20480",
      upLimit: "10240",
      ratioLimit: "2.5",
      seedingTimeLimit: "90",
      sequentialDownload: "True",
      firstLastPiecePrio: "TRUE",
      autoTMM: "false",
      cookie: "a=b",
      foo: "bar",
    }),
    ...added(odd, {
      ...STOPPED,
      dlLimit: "x",
      upLimit: "-7",
      ratioLimit: "{}",
      seedingTimeLimit: "",
      sequentialDownload: "yes",
      firstLastPiecePrio: "1",
      autoTMM: "maybe",
      contentLayout: "Sideways",
      stopCondition: "Never",
      tags: " , ",
      category: "",
    }),
    ...added(below, { ...STOPPED, contentLayout: "Subfolder" }),
    ...added(bare, { ...STOPPED, contentLayout: "NoSubfolder" }),
    ...added(whole, { skip_checking: "true", forced: "true" }),
    several([one, two]),
    get(
      "several files are there",
      "torrents/info",
      { hashes: `${one.infoHash}|${two.infoHash}`, sort: "name" },
      { until: (answer) => rowsOf(answer).length === 2, values: pick("name") },
    ),
    several([one, two], "several files again"),
    post("the wishes go", "torrents/delete", {
      hashes: [everything, odd, below, bare, whole, one, two].map(({ infoHash }) => infoHash).join("|"),
      deleteFiles: "true",
    }),
    get(
      "the wishes are gone",
      "torrents/info",
      {},
      { until: (answer) => !rowsOf(answer).some(({ name }) => String(name).includes("wish")) },
    ),
  ];
}

function added(fixture: Fixture, fields: Fields): Step[] {
  return [
    addFile(fixture, fields),
    get(
      `${fixture.name}, as wished`,
      "torrents/info",
      { hashes: fixture.infoHash },
      {
        until: (answer) => /^(?:stopped|paused|forced|stalled)/.test(String(rowsOf(answer)[0]?.["state"])),
        values: (answer) => [ALL(answer), contentPath(answer)],
      },
    ),
    get(`files of ${fixture.name}`, "torrents/files", { hash: fixture.infoHash }, { values: pick("name", "size") }),
  ];
}

/** Below the save path. */
function contentPath(answer: unknown): unknown {
  return rowsOf(answer).map((row) => relative(String(row["save_path"]), String(row["content_path"])));
}

function several(fixtures: readonly Fixture[], name = "several files"): Step {
  return {
    name,
    values: same,
    ask: ({ saveDir }) => {
      const form = new FormData();
      for (const [key, value] of Object.entries({ ...STOPPED, savepath: saveDir })) form.set(key, value);
      for (const { name: each, torrentBytes } of fixtures) {
        form.append("torrents", new Blob([Uint8Array.from(torrentBytes)]), `${each}.torrent`);
      }
      return { path: "torrents/add", body: form };
    },
  };
}
