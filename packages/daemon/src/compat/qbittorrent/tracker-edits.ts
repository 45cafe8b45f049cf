/** Changing a torrent's trackers, web seeds and peers. */
import type { Service } from "../../service/service.ts";
import { isTrackerUrl } from "../tracker-url.ts";
import { DONE, type Handler, json, QbError } from "./http.ts";
import { requireTorrent, selectTorrents } from "./torrent-refs.ts";

type Tiers = readonly (readonly string[])[];

function tiersOf(service: Service, infoHash: string): Tiers {
  const tiers = new Map<number, string[]>();
  for (const { url, tier } of service.torrents.trackers(infoHash)) tiers.set(tier, [...(tiers.get(tier) ?? []), url]);
  return [...tiers.values()];
}

/** A line each; a blank line begins another tier, and so does each call. */
export const addTrackers: Handler = async ({ params }, { service }) => {
  const { infoHash } = requireTorrent(params, service);
  const present = tiersOf(service, infoHash);
  const known = new Set(present.flat());
  const added = params
    .required("urls")
    .split(/\r?\n\s*\r?\n/)
    .map((tier) => tier.split(/\r?\n/).map((line) => line.trim()))
    .map((tier) => tier.filter((url) => isTrackerUrl(url) && !known.has(url)))
    .filter((tier) => tier.length > 0);
  if (added.length > 0) await service.torrents.setTrackers(infoHash, [...present, ...added]);
  return DONE;
};

export const editTracker: Handler = async ({ params }, { service }) => {
  const { infoHash } = requireTorrent(params, service);
  const from = params.text("origUrl") ?? params.required("url");
  const to = params.required("newUrl").trim();
  if (!isTrackerUrl(to)) throw new QbError(400, "New tracker URL is invalid");
  const tiers = tiersOf(service, infoHash);
  if (!tiers.flat().includes(from)) throw new QbError(409, "Tracker not found");
  if (from === to) return DONE;
  if (tiers.flat().includes(to)) throw new QbError(409, "New tracker URL already exists");
  await service.torrents.setTrackers(
    infoHash,
    tiers.map((tier) => tier.map((url) => (url === from ? to : url))),
  );
  return DONE;
};

export const removeTrackers: Handler = async ({ params }, { service }) => {
  const { infoHash } = requireTorrent(params, service);
  params.required("urls");
  const gone = new Set(params.list("urls", "|").map(decode));
  const tiers = tiersOf(service, infoHash);
  if (!tiers.flat().some((url) => gone.has(url))) return DONE;
  const left = tiers.map((tier) => tier.filter((url) => !gone.has(url))).filter((tier) => tier.length > 0);
  await service.torrents.setTrackers(infoHash, left);
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
  params.required("peers");
  const peers = params.list("peers", "|").filter((peer) => /^(\[[0-9a-f:.]+\]|[0-9.]+):\d{1,5}$/i.test(peer));
  if (peers.length === 0) throw new QbError(400, "No valid peers were specified");
  const results: Record<string, { added: number; failed: number }> = {};
  for (const { infoHash } of selectTorrents(params, service)) {
    const added = await service.torrents.addPeers(infoHash, peers);
    results[infoHash] = { added, failed: peers.length - added };
  }
  return json(results);
};

export const addWebSeeds: Handler = async ({ params }, { service }) => {
  const { infoHash } = requireTorrent(params, service);
  params.required("urls");
  const urls = params.list("urls", "|").map(decode);
  if (!urls.every(isWebSeedUrl)) throw new QbError(400, "A web seed URL is invalid");
  await service.torrents.setWebSeeds(infoHash, [...new Set([...webSeedsOf(service, infoHash), ...urls])]);
  return DONE;
};

export const editWebSeed: Handler = async ({ params }, { service }) => {
  const { infoHash } = requireTorrent(params, service);
  const [from, to] = [decode(params.required("origUrl")), decode(params.required("newUrl"))];
  const urls = webSeedsOf(service, infoHash);
  if (!isWebSeedUrl(to)) throw new QbError(400, "New web seed URL is invalid");
  if (!urls.includes(from)) throw new QbError(409, "Web seed not found");
  await service.torrents.setWebSeeds(infoHash, [...new Set(urls.map((url) => (url === from ? to : url)))]);
  return DONE;
};

export const removeWebSeeds: Handler = async ({ params }, { service }) => {
  const { infoHash } = requireTorrent(params, service);
  params.required("urls");
  const gone = new Set(params.list("urls", "|").map(decode));
  await service.torrents.setWebSeeds(
    infoHash,
    webSeedsOf(service, infoHash).filter((url) => !gone.has(url)),
  );
  return DONE;
};

function webSeedsOf(service: Service, infoHash: string): readonly string[] {
  return service.torrents.webSeeds(infoHash).map(({ url }) => url);
}

function isWebSeedUrl(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
