/** Every endpoint of 5.1.4 with what its sources ask for (`requireParams`, `m_allowedMethod`). */
import { describe, expect, it } from "vitest";
import { Sessions } from "../../door/sessions.ts";
import { FakeService, makeTorrent, MemoryStore } from "../../test-support/fake-service.ts";
import { ENDPOINTS } from "./endpoints.ts";
import { type ApiResponse, QbittorrentApi } from "./qbittorrent-api.ts";

const READS = `
app/buildInfo
app/cookies
app/defaultSavePath
app/getDirectoryContent dirPath
app/networkInterfaceAddressList iface
app/networkInterfaceList
app/preferences
app/version
app/webapiVersion
log/main
log/peers
rss/items
rss/matchingArticles ruleName
rss/rules
search/plugins
search/results id
search/status
sync/maindata
sync/torrentPeers
torrentcreator/status
torrentcreator/torrentFile taskID
torrents/SSLParameters hash
torrents/categories
torrents/count
torrents/downloadLimit hashes
torrents/export hash
torrents/files hash
torrents/info
torrents/pieceHashes hash
torrents/pieceStates hash
torrents/properties hash
torrents/tags
torrents/trackers hash
torrents/uploadLimit hashes
torrents/webseeds hash
transfer/downloadLimit
transfer/info
transfer/speedLimitsMode
transfer/uploadLimit
`;

const WRITES = `
app/sendTestEmail
app/setCookies cookies
app/setPreferences json
app/shutdown
rss/addFeed url path
rss/addFolder path
rss/markAsRead itemPath
rss/moveItem itemPath destPath
rss/refreshItem itemPath
rss/removeItem path
rss/removeRule ruleName
rss/renameRule ruleName newRuleName
rss/setFeedURL path url
rss/setRule ruleName ruleDef
search/delete id
search/downloadTorrent torrentUrl pluginName
search/enablePlugin names enable
search/installPlugin sources
search/start pattern category plugins
search/stop id
search/uninstallPlugin names
search/updatePlugins
torrentcreator/addTask sourcePath
torrentcreator/deleteTask taskID
torrents/add
torrents/addPeers hashes peers
torrents/addTags hashes tags
torrents/addTrackers hash urls
torrents/addWebSeeds hash urls
torrents/bottomPrio hashes
torrents/createCategory category
torrents/createTags tags
torrents/decreasePrio hashes
torrents/delete hashes
torrents/deleteTags tags
torrents/editCategory category savePath
torrents/editTracker hash origUrl newUrl
torrents/editWebSeed hash origUrl newUrl
torrents/filePrio hash id priority
torrents/increasePrio hashes
torrents/reannounce hashes
torrents/recheck hashes
torrents/removeCategories categories
torrents/removeTags hashes
torrents/removeTrackers hash urls
torrents/removeWebSeeds hash urls
torrents/rename hash name
torrents/renameFile hash oldPath newPath
torrents/renameFolder hash oldPath newPath
torrents/setAutoManagement hashes enable
torrents/setCategory hashes category
torrents/setDownloadLimit hashes limit
torrents/setDownloadPath id path
torrents/setForceStart hashes value
torrents/setLocation hashes location
torrents/setSSLParameters hash ssl_certificate ssl_private_key ssl_dh_params
torrents/setSavePath id path
torrents/setShareLimits hashes
torrents/setSuperSeeding hashes value
torrents/setTags hashes tags
torrents/setUploadLimit hashes limit
torrents/start hashes
torrents/stop hashes
torrents/toggleFirstLastPiecePrio hashes
torrents/toggleSequentialDownload hashes
torrents/topPrio hashes
transfer/banPeers peers
transfer/setDownloadLimit limit
transfer/setSpeedLimitsMode mode
transfer/setUploadLimit limit
transfer/toggleSpeedLimitsMode
`;

/** Names of 4.x. */
const ALIASES = ["torrents/pause", "torrents/resume"];

interface Row {
  readonly path: string;
  readonly needed: readonly string[];
}

function rowsOf(table: string): readonly Row[] {
  return table
    .trim()
    .split("\n")
    .map((line) => line.split(" "))
    .map(([path = "", ...needed]) => ({ path, needed }));
}

type Ask = (method: string, path: string, params?: Readonly<Record<string, string>>) => Promise<ApiResponse>;

function start(): Ask {
  const service = new FakeService([makeTorrent(1)]);
  const jobs = {
    list: () => [],
    get: unreachable,
    result: unreachable,
    create: unreachable,
    cancel: unreachable,
  };
  const now = (): number => 0;
  const sessions = new Sessions(new MemoryStore(), { now, wallNow: now }, "app-sessions");
  const logIn = (): Promise<"wrong"> => Promise.resolve("wrong");
  const api = new QbittorrentApi({ service: service.asService(), jobs, now, sessions, logIn });
  const caller = { name: "test", mayControl: true, isSudo: true };
  const base = { files: [], caller, address: "127.0.0.1", userAgent: "test", cookie: undefined };
  return async (method, path, params = {}) =>
    api.handle({ ...base, method, path, params: new Map(Object.entries(params)) });
}

function unreachable(): never {
  throw new Error("nothing was asked for that could be made");
}

describe("endpoints", () => {
  it("are those of 5.1.4", () => {
    const known = [...rowsOf(READS), ...rowsOf(WRITES)].map(({ path }) => path);
    expect([...ENDPOINTS.keys()].toSorted()).toEqual([...known, ...ALIASES].toSorted());
  });

  it.each(rowsOf(READS))("$path takes GET, HEAD and POST", async ({ path, needed }) => {
    const ask = start();
    const [get, head, post] = [await ask("GET", path), await ask("HEAD", path), await ask("POST", path)];
    // Nobody is found without a hash, too.
    const status = path === "sync/torrentPeers" ? 404 : needed.length > 0 ? 400 : 200;
    expect([get.status, head.status, post.status]).toEqual([status, status, status]);
    for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) expect((await ask(method, path)).status).toBe(405);
  });

  it.each(rowsOf(WRITES))("$path takes POST alone", async ({ path }) => {
    const ask = start();
    for (const method of ["GET", "HEAD", "PUT", "OPTIONS"]) expect((await ask(method, path)).status).toBe(405);
  });

  const needy = [...rowsOf(READS), ...rowsOf(WRITES)].filter(({ needed }) => needed.length > 0);
  it.each(needy)("$path misses each of $needed", async ({ path, needed }) => {
    const ask = start();
    for (const missing of needed) {
      const given = needed.filter((name) => name !== missing).map((name) => [name, "1"] as const);
      expect([missing, (await ask("POST", path, Object.fromEntries(given))).status]).toEqual([missing, 400]);
    }
  });
});
