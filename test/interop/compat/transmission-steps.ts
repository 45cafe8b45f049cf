/** What is asked of Transmission: every method of 3.00, well formed and not. */
import type { TransmissionClient } from "../../support/clients/transmission.ts";
import type { Fixture } from "../../support/fixtures.ts";
import type { Side, Step } from "./conversation.ts";
import type { World } from "./world.ts";

type Torrents = { readonly arguments: { readonly torrents: readonly Record<string, unknown>[] } };

/** Every field of rpc-spec 3.00 (rpc-version 16), but for `uploadRatio`: who took from whom is not the same in every run. */
const FIELDS = (
  "activityDate addedDate bandwidthPriority comment corruptEver creator dateCreated desiredAvailable doneDate " +
  "downloadDir downloadedEver downloadLimit downloadLimited editDate error errorString eta etaIdle files fileStats " +
  "hashString haveUnchecked haveValid honorsSessionLimits id isFinished isPrivate isStalled labels leftUntilDone " +
  "magnetLink manualAnnounceTime maxConnectedPeers metadataPercentComplete name peer-limit peers peersConnected " +
  "peersFrom peersGettingFromUs peersSendingToUs percentDone pieces pieceCount pieceSize priorities queuePosition " +
  "rateDownload rateUpload recheckProgress secondsDownloading secondsSeeding seedIdleLimit seedIdleMode " +
  "seedRatioLimit seedRatioMode sizeWhenDone startDate status trackers trackerStats totalSize torrentFile " +
  "uploadedEver uploadLimit uploadLimited wanted webseeds webseedsSendingToUs"
).split(" ");

const MAGNET = "magnet:?xt=urn:btih:00112233445566778899aabbccddeeff00112233&dn=later";
const MAGNET_HASH = "00112233445566778899aabbccddeeff00112233";

function call(
  name: string,
  method: string,
  args: object | number | ((side: Side) => object),
  more: Partial<Step> = {},
): Step {
  return {
    name,
    ask: (side) => ({
      path: "",
      body: JSON.stringify({ method, arguments: typeof args === "function" ? args(side) : args, tag: 7 }),
    }),
    values: resultOf,
    ...more,
  };
}

function resultOf(answer: unknown): unknown {
  const { result, tag } = answer as { result: unknown; tag: unknown };
  return { result, tag };
}

function raw(name: string, body: string, more: Partial<Step> = {}): Step {
  return { name, ask: () => ({ path: "", body }), ...more };
}

function get(name: string, ids: unknown, fields: readonly string[], more: Partial<Step> = {}): Step {
  return call(name, "torrent-get", { ids, fields }, { values: argumentsOf, ...more });
}

function torrentsOf(answer: unknown): Torrents["arguments"]["torrents"] {
  return (answer as Torrents).arguments.torrents;
}

function argumentsOf(answer: unknown): unknown {
  return (answer as Torrents).arguments;
}

function removedOf(answer: unknown): readonly number[] {
  return (answer as { readonly arguments: { readonly removed?: readonly number[] } }).arguments.removed ?? [];
}

function trackersOf(answer: unknown): readonly { readonly announce: string }[] {
  return (torrentsOf(answer)[0]?.["trackers"] ?? []) as readonly { readonly announce: string }[];
}

function add(fixture: Fixture, more: object = {}): Step {
  return call(`add ${fixture.name}`, "torrent-add", ({ saveDir }: Side) => ({
    metainfo: fixture.torrentBytes.toString("base64"),
    "download-dir": saveDir,
    ...more,
  }));
}

export function transmissionSteps(world: World<TransmissionClient>): readonly Step[] {
  const { album } = world;
  world.layDownAll();
  return [
    ...odd(),
    ...session(),
    ...adding(world),
    ...lists(world),
    ...changes(album),
    ...queue(world),
    ...removal(world),
  ];
}

function odd(): Step[] {
  return [
    { name: "GET without id", ask: () => ({ path: "", headers: { "x-transmission-session-id": "" } }) },
    {
      name: "POST with another id",
      ask: () => ({ path: "", body: "{}", headers: { "x-transmission-session-id": "x" } }),
    },
    { name: "GET with the id", ask: () => ({ path: "" }) },
    { name: "PUT", ask: () => ({ path: "", method: "PUT", body: "{}" }) },
    raw("no JSON", "hello"),
    raw("no body", ""),
    raw("a list", "[]"),
    raw("a string", '"session-get"'),
    raw("a number", "17"),
    raw("an empty object", "{}", { values: resultOf }),
    raw("no method, with a tag", '{"tag":3}', { values: resultOf }),
    raw("a method that is a number", '{"method":4}', { values: resultOf }),
    call("an unknown method", "torrent-dance", {}),
    call("arguments that are a number", "session-stats", 21),
    call("arguments that are a list", "session-stats", []),
    raw("a tag that is text", '{"method":"session-stats","tag":"a"}', { values: resultOf }),
    raw("a method of Object", '{"method":"constructor","tag":1}', { values: resultOf }),
    raw("a prototype", '{"method":"session-set","arguments":{"__proto__":{"dht-enabled":true}},"tag":1}', {
      values: resultOf,
    }),
  ];
}

function session(): Step[] {
  const settings = {
    "alt-speed-down": 33,
    "alt-speed-up": 22,
    "alt-speed-time-begin": 60,
    "alt-speed-time-end": 120,
    "alt-speed-time-day": 65,
    "speed-limit-down": 123,
    "speed-limit-down-enabled": true,
    "speed-limit-up": 45,
    "speed-limit-up-enabled": true,
    seedRatioLimit: 1.5,
    seedRatioLimited: true,
    "idle-seeding-limit": 17,
    "idle-seeding-limit-enabled": true,
    "peer-limit-global": 77,
    "peer-limit-per-torrent": 33,
    "download-queue-enabled": true,
    "download-queue-size": 4,
    "seed-queue-size": 6,
    "start-added-torrents": true,
  };
  const asked = Object.keys(settings);
  const values = argumentsOf;
  return [
    call("session-get", "session-get", {}),
    call("session-get, some", "session-get", { fields: ["version", "peer-limit-global", "no-such"] }),
    call("session-stats", "session-stats", {}),
    call("session-set", "session-set", settings),
    call("session-get, as set", "session-get", { fields: asked }, { values }),
    call("session-set, wrong types", "session-set", {
      "speed-limit-down": "fast",
      "peer-limit-global": {},
      "dht-enabled": [],
    }),
    call("session-get, as before", "session-get", { fields: asked }, { values }),
    call("session-set, unknown and read-only", "session-set", { "no-such": 1, version: "9", "rpc-version": 1 }),
    call("session-set, relative folder", "session-set", { "download-dir": "here" }),
    call("session-set, off", "session-set", {
      "speed-limit-down-enabled": false,
      "speed-limit-up-enabled": false,
      "download-queue-enabled": false,
      seedRatioLimited: false,
      "idle-seeding-limit-enabled": false,
    }),
    call(
      "session-get, off",
      "session-get",
      {
        fields: [
          "speed-limit-down-enabled",
          "speed-limit-up-enabled",
          "download-queue-enabled",
          "seedRatioLimited",
          "idle-seeding-limit-enabled",
        ],
      },
      { values },
    ),
    call("session-set, slow up", "session-set", { "speed-limit-up": 16, "speed-limit-up-enabled": true }),
    call("free-space", "free-space", ({ saveDir }: Side) => ({ path: saveDir })),
    call("free-space, nothing there", "free-space", ({ saveDir }: Side) => ({ path: `${saveDir}/nothing/there` })),
    call("free-space, relative", "free-space", { path: "here" }),
    call("free-space, no path", "free-space", {}),
    call("blocklist-update", "blocklist-update", {}, { values: () => 0 }),
    call("port-test", "port-test", {}, { values: () => 0 }),
  ];
}

function adding({ album, film, show }: World<TransmissionClient>): Step[] {
  return [
    call("add nothing", "torrent-add", {}),
    call("add garbage", "torrent-add", { metainfo: "aGVsbG8=" }),
    call("add what is no base64", "torrent-add", { metainfo: "!!!" }),
    call("add numbers", "torrent-add", { metainfo: 4, filename: 5 }),
    call("add a file that is not there", "torrent-add", { filename: "/nowhere/x.torrent" }),
    call("add a bad magnet link", "torrent-add", { filename: "magnet:?dn=x" }),
    call("add to a relative folder", "torrent-add", { metainfo: "aGVsbG8=", "download-dir": "here" }),
    call(
      "add from a URL that is not there",
      "torrent-add",
      { filename: "http://127.0.0.1:1/x.torrent" },
      { values: () => 0 },
    ),
    add(album),
    { ...add(album), name: "add album again" },
    add(film),
    add(show),
    call("add a magnet link", "torrent-add", ({ saveDir }: Side) => ({
      filename: MAGNET,
      paused: true,
      "download-dir": saveDir,
    })),
    get("album is complete", [album.infoHash], ["percentDone", "status", "leftUntilDone", "error"], {
      until: (answer) => torrentsOf(answer)[0]?.["status"] === 6,
    }),
    get("film has a peer", [film.infoHash], ["peersConnected"], {
      until: (answer) => Number(torrentsOf(answer)[0]?.["peersConnected"]) > 0,
      values: () => 0,
    }),
    get("show has a peer", [show.infoHash], ["peersConnected"], {
      until: (answer) => Number(torrentsOf(answer)[0]?.["peersConnected"]) > 0,
      values: () => 0,
    }),
  ];
}

function lists({ album, film, show }: World<TransmissionClient>): Step[] {
  const still = [
    "hashString",
    "name",
    "totalSize",
    "sizeWhenDone",
    "leftUntilDone",
    "haveValid",
    "status",
    "error",
    "errorString",
    "eta",
    "isFinished",
    "isPrivate",
    "isStalled",
    "files",
    "fileStats",
    "priorities",
    "wanted",
    "pieceCount",
    "pieceSize",
    "pieces",
    "percentDone",
    "metadataPercentComplete",
    "recheckProgress",
    "labels",
    "comment",
    "creator",
    "dateCreated",
    "downloadLimit",
    "downloadLimited",
    "uploadLimit",
    "uploadLimited",
    "seedIdleMode",
    "seedRatioMode",
    "honorsSessionLimits",
    "bandwidthPriority",
    "webseeds",
    "webseedsSendingToUs",
    "queuePosition",
    "trackers",
    "desiredAvailable",
  ];
  const names = (answer: unknown): unknown =>
    torrentsOf(answer)
      .map((torrent) => torrent["name"])
      .toSorted();
  return [
    // Two seeds may be connected for a moment.
    get(
      "album, all fields",
      [album.infoHash],
      FIELDS.filter((field) => field !== "peers"),
      { values: () => 0 },
    ),
    get("film, all fields", [film.infoHash], FIELDS, { values: () => 0 }),
    get("show, all fields", [show.infoHash], FIELDS, { values: () => 0 }),
    get("the magnet, all fields", [MAGNET_HASH], FIELDS, { values: () => 0 }),
    get("album", [album.infoHash], still),
    get("the magnet", [MAGNET_HASH], still),
    get("an upper-case hash", album.infoHash.toUpperCase(), ["name"]),
    get("one id", 1, ["name"], { values: names }),
    get("unknown ids", [999, "0".repeat(40), -1, 2 ** 53, 1e300], ["name"]),
    get("ids of wrong types", [{}, null, true, ["x"]], ["name"]),
    get("ids that are an object", {}, ["id"], { values: (answer) => torrentsOf(answer).length }),
    get("a field twice, and unknown ones", [album.infoHash], ["name", "name", "no-such", "__proto__", "constructor"]),
    call("all of them", "torrent-get", { fields: ["name"] }, { values: names }),
    call(
      "as a table",
      "torrent-get",
      { ids: [album.infoHash], fields: ["name", "totalSize"], format: "table" },
      { values: argumentsOf },
    ),
    call("recently active", "torrent-get", { ids: "recently-active", fields: ["name"] }, { values: names }),
    call("no fields", "torrent-get", { ids: [1] }),
    call("fields that are text", "torrent-get", { ids: [1], fields: "name" }),
  ];
}

function changes(album: Fixture): Step[] {
  const ids = [album.infoHash];
  const set = (name: string, args: object): Step => call(`set ${name}`, "torrent-set", { ids, ...args });
  const look = (name: string, ...fields: string[]): Step => get(`after ${name}`, ids, fields);
  return [
    set("limits", {
      downloadLimit: 50,
      downloadLimited: true,
      uploadLimit: 40,
      uploadLimited: true,
      honorsSessionLimits: true,
    }),
    look("limits", "downloadLimit", "downloadLimited", "uploadLimit", "uploadLimited", "honorsSessionLimits"),
    set("no limits", { downloadLimited: false, uploadLimited: false }),
    look("no limits", "downloadLimited", "uploadLimited"),
    set("share limits", { seedRatioLimit: 2.5, seedRatioMode: 1, seedIdleLimit: 30, seedIdleMode: 1 }),
    look("share limits", "seedRatioLimit", "seedRatioMode", "seedIdleLimit", "seedIdleMode"),
    set("no share limits", { seedRatioMode: 2, seedIdleMode: 0 }),
    look("no share limits", "seedRatioMode", "seedIdleMode"),
    set("labels", { labels: ["music", "new"] }),
    look("labels", "labels"),
    set("a label with a comma", { labels: ["a,b"] }),
    set("an empty label", { labels: [""] }),
    look("bad labels", "labels"),
    set("files", { "files-unwanted": [2], "priority-high": [0], "priority-low": [1] }),
    look("files", "wanted", "priorities", "sizeWhenDone", "leftUntilDone"),
    set("all files", { "files-wanted": [], "priority-normal": [] }),
    get("after all files", ids, ["wanted", "priorities", "sizeWhenDone"], {
      until: (answer) => torrentsOf(answer)[0]?.["sizeWhenDone"] === album.lengthBytes,
    }),
    set("a file that is not there", { "files-wanted": [99] }),
    set("priority and peers", { bandwidthPriority: 1, "peer-limit": 12 }),
    look("priority and peers", "bandwidthPriority", "peer-limit", "maxConnectedPeers"),
    set("wrong types", { downloadLimit: "x", labels: 4, "peer-limit": [], "files-wanted": {}, bandwidthPriority: 99 }),
    look("wrong types", "downloadLimit", "labels", "peer-limit", "wanted", "bandwidthPriority"),
    set("a tracker", { trackerAdd: ["http://127.0.0.1:9/announce"] }),
    get("after a tracker", ids, ["trackers"], {
      values: (answer) => trackersOf(answer).map(({ announce }) => announce.slice(-20)),
    }),
    set("a tracker that is none", { trackerAdd: ["hello"] }),
    set("a tracker to remove that is not there", { trackerRemove: [99] }),
    call("rename a file", "torrent-rename-path", { ids, path: "album/second/two.mp3", name: "zwei.mp3" }),
    get("after a file's renaming", ids, ["files", "name"]),
    call("rename all of it", "torrent-rename-path", { ids, path: "album", name: "record" }),
    get("after renaming all of it", ids, ["files", "name"]),
    call("rename to a path", "torrent-rename-path", { ids, path: "record", name: "a/b" }),
    call("rename to nothing", "torrent-rename-path", { ids, path: "record", name: "" }),
    call("rename to dots", "torrent-rename-path", { ids, path: "record", name: ".." }),
    call("rename what is not there", "torrent-rename-path", { ids, path: "nothing", name: "x" }),
    call("rename without path", "torrent-rename-path", { ids }),
    call("rename all torrents", "torrent-rename-path", { path: "record", name: "x" }),
    call("move nowhere", "torrent-set-location", { ids }),
    call("move to a relative folder", "torrent-set-location", { ids, location: "here", move: true }),
    call("move", "torrent-set-location", ({ saveDir }: Side) => ({ ids, location: `${saveDir}/moved`, move: true })),
    get("after moving", ids, ["downloadDir", "percentDone", "status"], {
      until: (answer) =>
        String(torrentsOf(answer)[0]?.["downloadDir"]).endsWith("/moved") && torrentsOf(answer)[0]?.["status"] === 6,
      values: (answer) => torrentsOf(answer)[0]?.["percentDone"],
    }),
    call("verify", "torrent-verify", { ids }),
    get("after verifying", ids, ["status", "percentDone"], {
      until: (answer) => torrentsOf(answer)[0]?.["status"] === 6,
    }),
    call("stop", "torrent-stop", { ids }),
    get("after stopping", ids, ["status", "eta", "isFinished"], {
      until: (answer) => torrentsOf(answer)[0]?.["status"] === 0,
    }),
    call("start", "torrent-start", { ids }),
    call("start now", "torrent-start-now", { ids }),
    get("after starting", ids, ["status", "percentDone", "haveValid", "errorString"], {
      until: (answer) => torrentsOf(answer)[0]?.["status"] === 6,
      values: (answer) => torrentsOf(answer)[0]?.["percentDone"],
    }),
    call("reannounce", "torrent-reannounce", { ids }),
    call("stop an unknown one", "torrent-stop", { ids: ["0".repeat(40)] }),
  ];
}

function queue({ film }: World<TransmissionClient>): Step[] {
  // What is complete has no place in our queue.
  const namesInOrder = (answer: unknown): readonly unknown[] =>
    torrentsOf(answer)
      .toSorted((a, b) => Number(a["queuePosition"]) - Number(b["queuePosition"]))
      .map((torrent) => torrent["name"]);
  const order = (name: string, ...wanted: readonly string[]): Step => {
    const ids = [film.infoHash, MAGNET_HASH];
    const until = (answer: unknown): boolean => JSON.stringify(namesInOrder(answer)) === JSON.stringify(wanted);
    return get(name, ids, ["name", "queuePosition"], { until, values: namesInOrder });
  };
  const ids = [MAGNET_HASH];
  return [
    call("queue on", "session-set", { "download-queue-enabled": true, "download-queue-size": 9 }),
    order("queue as added", film.name, "later"),
    call("queue top", "queue-move-top", { ids }),
    order("queue after top", "later", film.name),
    call("queue bottom", "queue-move-bottom", { ids }),
    order("queue after bottom", film.name, "later"),
  ];
}

function removal({ album }: World<TransmissionClient>): Step[] {
  return [
    call("remove an unknown one", "torrent-remove", { ids: ["0".repeat(40)] }),
    call("remove", "torrent-remove", { ids: [MAGNET_HASH] }),
    call("remove with data", "torrent-remove", { ids: [album.infoHash], "delete-local-data": true }),
    call(
      "what is left",
      "torrent-get",
      { fields: ["name"] },
      {
        until: (answer) => torrentsOf(answer).length === 2,
        values: (answer) =>
          torrentsOf(answer)
            .map((torrent) => torrent["name"])
            .toSorted(),
      },
    ),
    call(
      "recently removed",
      "torrent-get",
      { ids: "recently-active", fields: ["id"] },
      {
        until: (answer) => removedOf(answer).length === 2,
        values: (answer) => removedOf(answer).length,
      },
    ),
  ];
}
