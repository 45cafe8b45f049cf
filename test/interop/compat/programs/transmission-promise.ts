/** transmission-promise, the oldest kind of client: axios, and every field that it knows. */
import { type RpcTorrent, toShown } from "./ctrl-transmission.ts";
import { loadPackage } from "./packages.ts";
import type { Endpoint, Program } from "./program.ts";

interface Client {
  callServer(query: object): Promise<unknown>;
  addUrl(url: string, options: object): Promise<unknown>;
  addTorrentDataSrc(args: object, options: object): Promise<unknown>;
  get(ids: undefined, fields: readonly string[]): Promise<{ readonly torrents: readonly RpcTorrent[] }>;
  set(ids: readonly string[], options: object): Promise<unknown>;
  move(ids: readonly string[], location: string, isMove: boolean): Promise<unknown>;
  rename(ids: readonly string[], path: string, name: string): Promise<unknown>;
  remove(ids: readonly string[], withData: boolean): Promise<unknown>;
}

export function openTransmissionPromise({ url, user, password }: Endpoint): Program {
  const Transmission = loadPackage<new (options: object) => Client>("transmission-promise");
  const { hostname, port } = new URL(url);
  const client = new Transmission({ host: hostname, port: Number(port), username: user, password });
  const stopped = (folder: string): object => ({ "download-dir": folder, paused: true });
  const act = (method: string, hash: string): Promise<unknown> =>
    client.callServer({ method, arguments: { ids: [hash] }, tag: "day" });
  return {
    name: "transmission-promise",
    addFile: ({ torrentBytes }, folder) =>
      client.addTorrentDataSrc({ metainfo: torrentBytes.toString("base64") }, stopped(folder)),
    addMagnet: (uri, folder) => client.addUrl(uri, stopped(folder)),
    addUrl: (from, folder) => client.addUrl(from, stopped(folder)),
    list: async () => (await client.get(undefined, [])).torrents.map((torrent) => toShown(torrent)),
    limit: (hash, rate) => client.set([hash], { downloadLimit: rate / 1024, downloadLimited: true }),
    move: (hash, folder) => client.move([hash], folder, true),
    rename: (hash, { from, to }) => client.rename([hash], from, to),
    toTop: (hash) => act("queue-move-top", hash),
    verify: (hash) => act("torrent-verify", hash),
    stop: (hash) => act("torrent-stop", hash),
    start: (hash) => act("torrent-start", hash),
    remove: (hash, { withData }) => client.remove([hash], withData),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
