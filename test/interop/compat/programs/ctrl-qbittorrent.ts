/** @ctrl/qbittorrent, as homarr uses it. */
import type { Endpoint, Program, Shown } from "./program.ts";
import { loadPackage } from "./packages.ts";

interface Client {
  getAllData(): Promise<{ readonly torrents: readonly { readonly raw: Raw; readonly progress: number }[] }>;
  addTorrent(bytes: Uint8Array, options: object): Promise<unknown>;
  addMagnet(urls: string, options: object): Promise<unknown>;
  setTorrentDownloadLimit(hash: string, limit: number): Promise<unknown>;
  addTorrentTags(hash: string, tags: string): Promise<unknown>;
  setTorrentLocation(hash: string, location: string): Promise<unknown>;
  renameFile(hash: string, from: string, to: string): Promise<unknown>;
  topPriority(hash: string): Promise<unknown>;
  recheckTorrent(hash: string): Promise<unknown>;
  stopTorrent(hash: string): Promise<unknown>;
  startTorrent(hash: string): Promise<unknown>;
  removeTorrent(hash: string, deleteFiles: boolean): Promise<unknown>;
}

interface Raw {
  readonly hash: string;
  readonly name: string;
  readonly state: string;
  readonly tags: string;
  readonly save_path: string;
  readonly dl_limit: number;
  readonly priority: number;
}

export function openCtrlQbittorrent({ url, user, password }: Endpoint): Program {
  const { QBittorrent } = loadPackage<{ QBittorrent: new (options: object) => Client }>("@ctrl/qbittorrent");
  const client = new QBittorrent({ baseUrl: url, username: user, password });
  const stopped = (folder: string): object => ({ savepath: folder, paused: "true", stopped: "true" });
  return {
    name: "@ctrl/qbittorrent",
    addFile: ({ torrentBytes }, folder) => client.addTorrent(Uint8Array.from(torrentBytes), stopped(folder)),
    addMagnet: (uri, folder) => client.addMagnet(uri, stopped(folder)),
    addUrl: (from, folder) => client.addMagnet(from, stopped(folder)),
    list: async () => (await client.getAllData()).torrents.map(toShown),
    limit: (hash, rate) => client.setTorrentDownloadLimit(hash, rate),
    label: (hash, label) => client.addTorrentTags(hash, label),
    move: (hash, folder) => client.setTorrentLocation(hash, folder),
    rename: (hash, { from, to }) => client.renameFile(hash, from, to),
    toTop: (hash) => client.topPriority(hash),
    verify: (hash) => client.recheckTorrent(hash),
    stop: (hash) => client.stopTorrent(hash),
    start: (hash) => client.startTorrent(hash),
    remove: (hash, { withData }) => client.removeTorrent(hash, withData),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function toShown({ raw, progress }: { readonly raw: Raw; readonly progress: number }): Shown {
  return {
    hash: raw.hash,
    name: raw.name,
    progress,
    isStopped: /^(?:stopped|paused)/.test(raw.state),
    labels: raw.tags.split(", "),
    folder: raw.save_path,
    downLimit: raw.dl_limit,
    position: raw.priority,
  };
}
