/** @ctrl/transmission, as homarr uses it. */
import type { Endpoint, Program, Shown } from "./program.ts";
import { loadPackage } from "./packages.ts";

interface Client {
  getAllData(): Promise<{ readonly torrents: readonly { readonly raw: RpcTorrent }[] }>;
  addTorrent(base64: string, options: object): Promise<unknown>;
  addUrl(url: string, options: object): Promise<unknown>;
  setTorrent(id: string, options: object): Promise<unknown>;
  moveTorrent(id: string, location: string): Promise<unknown>;
  renamePath(id: string, options: object): Promise<unknown>;
  queueTop(id: string): Promise<unknown>;
  verifyTorrent(id: string): Promise<unknown>;
  pauseTorrent(id: string): Promise<unknown>;
  resumeTorrent(id: string): Promise<unknown>;
  removeTorrent(id: string, removeData: boolean): Promise<unknown>;
}

export interface RpcTorrent {
  readonly hashString: string;
  readonly name: string;
  readonly percentDone: number;
  readonly status: number;
  readonly labels?: readonly string[];
  readonly downloadDir: string;
  readonly downloadLimit?: number;
  readonly downloadLimited?: boolean;
  readonly queuePosition: number;
}

export function openCtrlTransmission({ url, user, password }: Endpoint): Program {
  const { Transmission } = loadPackage<{ Transmission: new (options: object) => Client }>("@ctrl/transmission");
  const client = new Transmission({ baseUrl: `${url}/`, path: "transmission/rpc", username: user, password });
  const stopped = (folder: string): object => ({ "download-dir": folder, paused: true });
  return {
    name: "@ctrl/transmission",
    addFile: ({ torrentBytes }, folder) => client.addTorrent(torrentBytes.toString("base64"), stopped(folder)),
    addMagnet: (uri, folder) => client.addUrl(uri, stopped(folder)),
    addUrl: (from, folder) => client.addUrl(from, stopped(folder)),
    list: async () => (await client.getAllData()).torrents.map(({ raw }) => toShown(raw)),
    limit: (hash, rate) => client.setTorrent(hash, { downloadLimit: rate / 1024, downloadLimited: true }),
    label: (hash, label) => client.setTorrent(hash, { labels: [label] }),
    move: (hash, folder) => client.moveTorrent(hash, folder),
    rename: (hash, { from, to }) => client.renamePath(hash, { path: from, name: to }),
    toTop: (hash) => client.queueTop(hash),
    verify: (hash) => client.verifyTorrent(hash),
    stop: (hash) => client.pauseTorrent(hash),
    start: (hash) => client.resumeTorrent(hash),
    remove: (hash, { withData }) => client.removeTorrent(hash, withData),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

export function toShown(torrent: RpcTorrent): Shown {
  return {
    hash: torrent.hashString,
    name: torrent.name,
    progress: torrent.percentDone,
    isStopped: torrent.status === 0,
    ...(torrent.labels === undefined ? {} : { labels: torrent.labels }),
    folder: torrent.downloadDir,
    ...(torrent.downloadLimited === undefined ? {} : { downLimit: (torrent.downloadLimit ?? 0) * 1024 }),
    position: torrent.queuePosition,
  };
}
