/** Limits, order, and running. */
import type { Fixture } from "../../../support/fixtures.ts";
import type { Step } from "../conversation.ts";
import { get, pick, post, rowsOf, same, UNKNOWN } from "./asks.ts";

export function limits({ infoHash }: Fixture): Step[] {
  const hashes = infoHash;
  const info = (name: string, ...fields: string[]): Step =>
    get(`after ${name}`, "torrents/info", { hashes }, { values: pick(...fields) });
  return [
    post("a download limit", "torrents/setDownloadLimit", { hashes, limit: "20480" }),
    post("an upload limit", "torrents/setUploadLimit", { hashes, limit: "10240" }),
    post("download limits", "torrents/downloadLimit", { hashes }, { values: same }),
    post("upload limits", "torrents/uploadLimit", { hashes: `${hashes}|${UNKNOWN}` }),
    info("limits", "dl_limit", "up_limit"),
    post("a limit that is text", "torrents/setDownloadLimit", { hashes, limit: "x" }),
    post("no limit", "torrents/setDownloadLimit", { hashes, limit: "0" }),
    post("no limit either", "torrents/setUploadLimit", { hashes, limit: "-1" }),
    info("no limits", "dl_limit", "up_limit"),
    post("share limits", "torrents/setShareLimits", {
      hashes,
      ratioLimit: "2.5",
      seedingTimeLimit: "90",
      inactiveSeedingTimeLimit: "-2",
    }),
    info("share limits", "ratio_limit", "seeding_time_limit", "max_ratio", "max_seeding_time"),
    post("no share limits", "torrents/setShareLimits", {
      hashes,
      ratioLimit: "-1",
      seedingTimeLimit: "-2",
      inactiveSeedingTimeLimit: "-2",
    }),
    info("no share limits", "ratio_limit", "seeding_time_limit"),
    post("sequential", "torrents/toggleSequentialDownload", { hashes }),
    post("first and last", "torrents/toggleFirstLastPiecePrio", { hashes }),
    info("order", "seq_dl", "f_l_piece_prio"),
    post("super-seeding", "torrents/setSuperSeeding", { hashes, value: "true" }),
    get(
      "after super-seeding",
      "torrents/info",
      { hashes },
      { until: (answer) => rowsOf(answer)[0]?.["super_seeding"] === true },
    ),
    post("no super-seeding", "torrents/setSuperSeeding", { hashes, value: "false" }),
    post("force start", "torrents/setForceStart", { hashes, value: "true" }),
    get(
      "after force start",
      "torrents/info",
      { hashes },
      { until: (answer) => rowsOf(answer)[0]?.["state"] === "forcedUP", values: pick("force_start", "state") },
    ),
    post("no force start", "torrents/setForceStart", { hashes, value: "false" }),
    post("automatic", "torrents/setAutoManagement", { hashes, enable: "false" }),
    info("automatic", "auto_tmm"),
    ...["topPrio", "bottomPrio", "increasePrio", "decreasePrio"].map((name) =>
      post(`${name}, queue off`, `torrents/${name}`, { hashes }),
    ),
  ];
}

export function running({ infoHash: hashes }: Fixture): Step[] {
  const info = (name: string, isWanted: (state: string) => boolean): Step =>
    get(
      `after ${name}`,
      "torrents/info",
      { hashes },
      { until: (answer) => isWanted(String(rowsOf(answer)[0]?.["state"])), values: pick("state", "progress") },
    );
  return [
    post("reannounce", "torrents/reannounce", { hashes }),
    post("pause", "torrents/pause", { hashes }),
    info("pause", (state) => state === "pausedUP" || state === "stoppedUP"),
    post("resume", "torrents/resume", { hashes }),
    info("resume", (state) => state === "stalledUP"),
    post("recheck", "torrents/recheck", { hashes }),
  ];
}
