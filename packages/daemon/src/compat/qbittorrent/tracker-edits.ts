/** Changing a torrent's trackers, web seeds and peers. */
import { parseEndpoint } from "@torrential/core";
import type { Service } from "../../service/service.ts";
import { isTrackerUrl } from "../tracker-url.ts";
import { DONE, type Handler, json, QbError } from "./http.ts";
import type { Params } from "./params.ts";
import { requireTorrent, selectTorrents } from "./torrent-refs.ts";

type Tiers = readonly (readonly string[])[];

function tiersOf(service: Service, infoHash: string): Tiers {
  const tiers = new Map<number, string[]>();
  for (const { url, tier } of service.torrents.trackers(infoHash)) tiers.set(tier, [...(tiers.get(tier) ?? []), url]);
  return [...tiers.values()];
}

/** A line each: into the first tier, and after each blank line into the next. */
export const addTrackers: Handler = async ({ params, session }, { service }) => {
  for (const name of ["hash", "urls"]) params.required(name);
  const { infoHash } = requireTorrent(params, service);
  const tiers = tiersOf(service, infoHash).map((tier) => [...tier]);
  const known = new Set(tiers.flat());
  const before = known.size;
  let tier = 0;
  for (const line of params.required("urls").split("\n")) {
    const url = line.trim();
    if (url === "") tier += 1;
    if (!isTrackerUrl(url) || known.has(url)) continue;
    known.add(url);
    (tiers[tier] ??= []).push(url);
  }
  // Tiers that nobody is in are none.
  if (known.size === before) return DONE;
  await service.torrents.setTrackers(
    infoHash,
    [...tiers].filter((urls) => urls !== undefined),
  );
  session.table.forget(infoHash);
  return DONE;
};

export const editTracker: Handler = async ({ params, session }, { service }) => {
  params.required("hash");
  // Later versions call it `url`.
  const from = params.text("origUrl") ?? params.text("url") ?? params.required("origUrl");
  const to = params.required("newUrl").trim();
  const { infoHash } = requireTorrent(params, service);
  if (from === to) return DONE;
  if (!isTrackerUrl(to)) throw new QbError(400, "New tracker URL is invalid");
  const tiers = tiersOf(service, infoHash);
  if (tiers.flat().includes(to)) throw new QbError(409, "New tracker URL already exists");
  if (!tiers.flat().includes(from)) throw new QbError(409, "Tracker not found");
  await service.torrents.setTrackers(
    infoHash,
    tiers.map((tier) => tier.map((url) => (url === from ? to : url))),
  );
  // One address for another is as many as before: nothing else says that it changed.
  session.table.forget(infoHash);
  return DONE;
};

/** A hash of "*" is every torrent. */
export const removeTrackers: Handler = async ({ params }, { service }) => {
  for (const name of ["hash", "urls"]) params.required(name);
  const gone = new Set(params.list("urls", "|").map(decode));
  const isEvery = params.text("hash") === "*";
  for (const { infoHash } of isEvery ? [...service.torrents.all()] : [requireTorrent(params, service)]) {
    const tiers = tiersOf(service, infoHash);
    if (!tiers.flat().some((url) => gone.has(url))) continue;
    const left = tiers.map((tier) => tier.filter((url) => !gone.has(url))).filter((tier) => tier.length > 0);
    await service.torrents.setTrackers(infoHash, left);
  }
  return DONE;
};

/** URLs in lists are percent-encoded once more, so that they may hold a "|". */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

export const addPeers: Handler = async ({ params }, { service }) => {
  params.required("hashes");
  const sent = params.required("peers").split("|");
  const peers = sent.map((peer) => peer.trim()).filter(isPeer);
  if (peers.length === 0) throw new QbError(400, "No valid peers were specified");
  const results: Record<string, { added: number; failed: number }> = {};
  for (const { infoHash } of selectTorrents(params, service)) {
    const added = await service.torrents.addPeers(infoHash, peers);
    results[infoHash] = { added, failed: sent.length - added };
  }
  return json(results);
};

/** An address with a port, not a name. */
function isPeer(text: string): boolean {
  try {
    parseEndpoint(text);
    return true;
  } catch {
    return false;
  }
}

export const addWebSeeds: Handler = async ({ params }, { service }) => {
  params.required("urls");
  const { infoHash } = requireTorrent(params, service);
  const urls = readWebSeeds(params);
  if (urls.length > 0) await setWebSeeds(service, infoHash, [...webSeedsOf(service, infoHash), ...urls]);
  return DONE;
};

export const editWebSeed: Handler = async ({ params }, { service }) => {
  for (const name of ["hash", "origUrl", "newUrl"]) params.required(name);
  const { infoHash } = requireTorrent(params, service);
  const [from, to] = [checkWebSeed(params.required("origUrl")), checkWebSeed(params.required("newUrl"))];
  if (from === to) return DONE;
  const urls = webSeedsOf(service, infoHash);
  if (!urls.includes(from)) throw new QbError(409, `"${from}" is not an existing URL`);
  await setWebSeeds(
    service,
    infoHash,
    urls.map((url) => (url === from ? to : url)),
  );
  return DONE;
};

export const removeWebSeeds: Handler = async ({ params }, { service }) => {
  params.required("urls");
  const { infoHash } = requireTorrent(params, service);
  const gone = new Set(readWebSeeds(params));
  const urls = webSeedsOf(service, infoHash);
  const left = urls.filter((url) => !gone.has(url));
  if (left.length < urls.length) await setWebSeeds(service, infoHash, left);
  return DONE;
};

function webSeedsOf(service: Service, infoHash: string): readonly string[] {
  return service.torrents.webSeeds(infoHash).map(({ url }) => url);
}

async function setWebSeeds({ torrents }: Service, infoHash: string, urls: readonly string[]): Promise<void> {
  await torrents.setWebSeeds(infoHash, [...new Set(urls)]);
}

function readWebSeeds(params: Params): readonly string[] {
  return (params.text("urls") ?? "")
    .split("|")
    .filter((url) => url !== "")
    .map(checkWebSeed);
}

/** Throws QbError 400. */
function checkWebSeed(encoded: string): string {
  const url = decode(encoded);
  if (!URL.canParse(url)) throw new QbError(400, `"${url}" is not a valid URL`);
  if (!/^https?:$/.test(new URL(url).protocol)) throw new QbError(400, "URL scheme must be one of [http, https]");
  return url;
}
