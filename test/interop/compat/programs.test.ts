/** Programs and libraries of others live through the same day at our daemon, with data from libtorrent. */
import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { DaemonProcess } from "../../support/daemon-process.ts";
import { describeIf, type Missing, missingLibtorrent, missingNamespace } from "../../support/requirements.ts";
import { openCtrlQbittorrent } from "./programs/ctrl-qbittorrent.ts";
import { openCtrlTransmission } from "./programs/ctrl-transmission.ts";
import { liveThroughDay } from "./programs/day.ts";
import { openFlood } from "./programs/flood.ts";
import { missingPackage } from "./programs/packages.ts";
import type { Endpoint, Program } from "./programs/program.ts";
import { type Library, missingLibrary, openLibrary } from "./programs/python-library.ts";
import { Scenery } from "./programs/stage.ts";
import { openTransmissionPromise } from "./programs/transmission-promise.ts";

const NETWORK = 66;
const PASSWORD = "correct horse battery";

interface Entry {
  readonly name: string;
  readonly missing: Missing;
  readonly open: (endpoint: Endpoint, runDir: string) => Program | Promise<Program>;
  /** Steps that it has no words for. */
  readonly skips: readonly string[];
}

const library = (name: Library, skips: readonly string[] = []): Entry => ({
  name,
  missing: missingLibrary(name),
  open: (endpoint) => openLibrary(name, endpoint),
  skips,
});

const ALL: readonly Entry[] = [
  { name: "@ctrl/qbittorrent", missing: missingPackage("@ctrl/qbittorrent"), open: openCtrlQbittorrent, skips: [] },
  { name: "@ctrl/transmission", missing: missingPackage("@ctrl/transmission"), open: openCtrlTransmission, skips: [] },
  {
    name: "transmission-promise",
    missing: missingPackage("transmission-promise"),
    open: openTransmissionPromise,
    skips: ["label"],
  },
  ...(["qbittorrent", "transmission"] as const).map((api): Entry => ({
    name: `flood (${api})`,
    missing: missingPackage("flood"),
    open: (endpoint, runDir) => openFlood(api, endpoint, runDir),
    skips: ["queue", "limit", "rename"],
  })),
  library("transmissionrpc", ["label"]),
];
/** Not in a registry that everybody reaches: they run where PYTHONPATH has them. */
const OPTIONAL = [library("transmission_rpc"), library("qbittorrentapi")].filter(
  ({ missing }) => missing === undefined,
);

const MISSING = [missingNamespace(), missingLibtorrent(), ...ALL.map(({ missing }) => missing)];

describeIf([...new Set(MISSING)], "programs of others", () => {
  let scenery: Scenery;
  let daemon: DaemonProcess;

  beforeAll(async () => {
    scenery = await Scenery.start("day", NETWORK);
    const place = { stateDir: scenery.folder.at("state"), downloadDir: scenery.folder.folder("ours") };
    daemon = await DaemonProcess.start({ ...place, extra: ["--bind", `198.18.${NETWORK}.3`] });
    await daemon.client.call("setPassword", { body: { newPassword: PASSWORD } });
    await daemon.client.call("updateSettings", { body: { "queue.enabled": true } });
  });

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await scenery[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    const refs = (await daemon.client.call("listTorrents", { query: {} })).torrents.flatMap(
      ({ infoHash }) => infoHash ?? [],
    );
    if (refs.length > 0)
      await daemon.client.call("actOnTorrents", { body: { action: "remove", refs, deleteData: true } });
  });

  it.each([...ALL, ...OPTIONAL])("$name lives through the day", async ({ name, open, skips }) => {
    const saveDir = scenery.folder.folder(`ours/${name.replaceAll(/\W/g, "")}`);
    mkdirSync(saveDir, { recursive: true });
    const runDir = scenery.folder.folder(`run-${name.replaceAll(/\W/g, "")}`);
    await using program = await open({ url: daemon.url, user: "admin", password: PASSWORD }, runDir);
    expect(await liveThroughDay(program, scenery.stage(saveDir))).toEqual(skips);
  });
});
