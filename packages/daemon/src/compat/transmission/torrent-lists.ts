/** Fields of a torrent that take a look at its files, trackers, peers or pieces (rpc-spec, 3.3). */
import type { Service } from "../../service/service.ts";
import type { FileView, PeerView, PiecesView, TorrentView, TrackerView } from "../../service/torrent-view.ts";
import { listFiles, primaryMimeType, priorityOf } from "./file-facts.ts";
import { scrapeUrl, siteName } from "./torrent-fields.ts";
import { seconds } from "./units.ts";

/** What was looked up for one torrent, each at most once. */
export class Lookup {
  readonly view: TorrentView;
  readonly #service: Service;
  #files: readonly FileView[] | undefined;
  #trackers: readonly TrackerView[] | undefined;
  #peers: Promise<readonly PeerView[]> | undefined;
  #pieces: Promise<PiecesView> | undefined;

  constructor(service: Service, view: TorrentView) {
    this.#service = service;
    this.view = view;
  }

  get files(): readonly FileView[] {
    return (this.#files ??= listFiles(this.#service, this.view.infoHash));
  }

  get trackers(): readonly TrackerView[] {
    return (this.#trackers ??= this.#service.torrents.trackers(this.view.infoHash));
  }

  get magnet(): string {
    return this.#service.torrents.magnet(this.view.infoHash);
  }

  get webSeeds(): ReturnType<Service["torrents"]["webSeeds"]> {
    return this.#service.torrents.webSeeds(this.view.infoHash);
  }

  /** The engine is not asked for what the view says already: ten thousand torrents that rest are no ten thousand questions. */
  peers(): readonly PeerView[] | Promise<readonly PeerView[]> {
    if (this.view.peers === 0) return [];
    return (this.#peers ??= this.#service.torrents.peers(this.view.infoHash));
  }

  pieces(): PiecesView | Promise<PiecesView> {
    const { pieceCount, piecesHave, peers } = this.view;
    if (piecesHave === pieceCount) return allPieces(pieceCount);
    if (piecesHave === 0 && peers === 0) return noPieces(pieceCount);
    return (this.#pieces ??= this.#service.torrents.pieces(this.view.infoHash));
  }
}

function allPieces(count: number): PiecesView {
  const { have, ...rest } = noPieces(count);
  have.fill(0xff);
  // BEP 3: spare bits at the end are zero.
  const spare = (8 - (count % 8)) % 8;
  if (spare > 0) have[have.length - 1] = (0xff << spare) & 0xff;
  return { ...rest, have };
}

/** `lengthBytes` is asked for by nobody here. */
function noPieces(count: number): PiecesView {
  const have = new Uint8Array(Math.ceil(count / 8));
  return { count, lengthBytes: 0, have, inFlight: [], availability: new Uint8Array() };
}

export const TORRENT_LISTS: ReadonlyMap<string, (lookup: Lookup) => unknown> = new Map<
  string,
  (lookup: Lookup) => unknown
>([
  ["files", ({ files }) => files.map(describeFile)],
  ["file_stats", ({ files }) => files.map(describeFileStats)],
  ["bytes_completed", ({ files }) => files.map((file) => file.verifiedBytes)],
  ["priorities", ({ files }) => files.map(priorityOf)],
  ["wanted", ({ files }) => files.map((file) => file.priority > 0)],
  ["primary_mime_type", ({ files }) => primaryMimeType(files)],
  ["trackers", ({ trackers }) => trackers.map(describeTracker)],
  ["tracker_stats", ({ trackers }) => trackers.map(describeTrackerStats)],
  ["tracker_list", ({ trackers }) => formatTrackerList(trackers)],
  ["magnet_link", ({ magnet }) => magnet],
  ["webseeds", ({ webSeeds }) => webSeeds.map(({ url }) => url)],
  ["webseeds_ex", ({ webSeeds }) => webSeeds.map(describeWebSeed)],
  ["webseeds_sending_to_us", ({ webSeeds }) => webSeeds.filter(({ state }) => state === "active").length],
  ["peers", (lookup) => whenHere(lookup.peers(), (peers) => peers.map(describePeer))],
  ["peers_from", (lookup) => whenHere(lookup.peers(), countSources)],
  ["pieces", (lookup) => whenHere(lookup.pieces(), ({ have }) => Buffer.from(have).toString("base64"))],
  ["availability", (lookup) => whenHere(lookup.pieces(), describeAvailability)],
]);

/** At once where nothing has to be waited for: promises for each of ten thousand torrents cost more than what they say. */
function whenHere<T, R>(value: T | Promise<T>, describe: (value: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(describe) : describe(value);
}

function describeFile(file: FileView): object {
  return {
    bytes_completed: file.verifiedBytes,
    length: file.sizeBytes,
    name: file.path,
    begin_piece: file.firstPiece,
    end_piece: file.lastPiece + 1,
  };
}

function describeFileStats(file: FileView): object {
  return { bytes_completed: file.verifiedBytes, wanted: file.priority > 0, priority: priorityOf(file) };
}

function describeTracker(tracker: TrackerView): object {
  return {
    announce: tracker.url,
    id: tracker.id,
    scrape: scrapeUrl(tracker.url),
    sitename: siteName(tracker.url),
    tier: tracker.tier,
  };
}

/** rpc-spec, tr_tracker_state: 0 inactive, 1 waiting, 2 queued, 3 active. */
const ANNOUNCE_STATE = { working: 1, failing: 1, waiting: 1, updating: 3, disabled: 0 } as const;

function describeTrackerStats(tracker: TrackerView): object {
  const { url, state } = tracker;
  const scrape = scrapeUrl(url);
  const lastAnnounce = seconds(tracker.lastAnnounceAtMs);
  const hasCounts = tracker.seeders !== undefined;
  return {
    announce: url,
    announce_state: ANNOUNCE_STATE[state],
    download_count: tracker.downloads ?? -1,
    downloader_count: -1,
    has_announced: lastAnnounce > 0,
    has_scraped: hasCounts,
    host: URL.canParse(url) ? new URL(url).host : url,
    id: tracker.id,
    is_backup: state === "disabled",
    last_announce_peer_count: tracker.peers ?? 0,
    last_announce_result: state === "working" ? "Success" : (tracker.message ?? ""),
    last_announce_start_time: lastAnnounce,
    last_announce_succeeded: state === "working",
    last_announce_time: lastAnnounce,
    last_announce_timed_out: false,
    last_scrape_result: "",
    last_scrape_start_time: 0,
    last_scrape_succeeded: hasCounts,
    last_scrape_time: hasCounts ? lastAnnounce : 0,
    last_scrape_timed_out: false,
    leecher_count: tracker.leechers ?? -1,
    next_announce_time: seconds(tracker.nextAnnounceAtMs),
    next_scrape_time: 0,
    scrape,
    scrape_state: scrape === "" ? 0 : 1,
    seeder_count: tracker.seeders ?? -1,
    sitename: siteName(url),
    tier: tracker.tier,
  };
}

/** One URL a line, a blank line between tiers. */
export function formatTrackerList(trackers: readonly { readonly url: string; readonly tier: number }[]): string {
  let text = "";
  let tier: number | undefined;
  for (const each of trackers) {
    if (tier !== undefined) text += each.tier === tier ? "\n" : "\n\n";
    text += each.url;
    tier = each.tier;
  }
  return text;
}

function describeWebSeed({ url, state, downRate }: Lookup["webSeeds"][number]): object {
  return { url, is_downloading: state === "active", download_bytes_per_second: Math.round(downRate) };
}

function describePeer(peer: PeerView): object {
  return {
    address: peer.address,
    port: peer.port,
    client_name: peer.client,
    flag_str: peerFlags(peer),
    progress: peer.progress,
    rate_to_client: Math.round(peer.downRate),
    rate_to_peer: Math.round(peer.upRate),
    bytes_to_client: peer.downloadedBytes,
    bytes_to_peer: peer.uploadedBytes,
    client_is_choked: peer.peerChoking,
    client_is_interested: peer.amInterested,
    peer_is_choked: peer.amChoking,
    peer_is_interested: peer.peerInterested,
    is_downloading_from: peer.downRate > 0,
    is_uploading_to: peer.upRate > 0,
    is_encrypted: peer.isEncrypted,
    is_incoming: !peer.isOutgoing,
    is_utp: peer.isUtp,
    peer_id: "",
  };
}

/** As Transmission's clients explain them: D/d we download or would, U/u we upload or would, K/? the other side's will. */
function peerFlags(peer: PeerView): string {
  let flags = "";
  if (peer.isUtp) flags += "T";
  if (peer.downRate > 0) flags += "D";
  else if (peer.amInterested && peer.peerChoking) flags += "d";
  if (peer.upRate > 0) flags += "U";
  else if (peer.peerInterested && peer.amChoking) flags += "u";
  if (!peer.peerChoking && !peer.amInterested) flags += "K";
  if (!peer.amChoking && !peer.peerInterested) flags += "?";
  if (peer.isEncrypted) flags += "E";
  flags += SOURCE_FLAGS.get(peer.source ?? "") ?? "";
  return peer.isOutgoing ? flags : `${flags}I`;
}

const SOURCE_FLAGS: ReadonlyMap<string, string> = new Map([
  ["dht", "H"],
  ["pex", "X"],
]);
const SOURCE_FIELDS: ReadonlyMap<string, string> = new Map([
  ["resume", "from_cache"],
  ["dht", "from_dht"],
  ["lsd", "from_lpd"],
  ["pex", "from_pex"],
  ["tracker", "from_tracker"],
]);

function countSources(peers: readonly PeerView[]): object {
  const counts: Record<string, number> = {
    from_cache: 0,
    from_dht: 0,
    from_incoming: 0,
    from_lpd: 0,
    from_ltep: 0,
    from_pex: 0,
    from_tracker: 0,
  };
  for (const peer of peers) {
    const field = peer.isOutgoing ? (SOURCE_FIELDS.get(peer.source ?? "") ?? "from_ltep") : "from_incoming";
    counts[field] = (counts[field] ?? 0) + 1;
  }
  return counts;
}

/** rpc-spec: how many connected peers have each piece, -1 for those that are here. */
function describeAvailability({ count, have, availability }: PiecesView): readonly number[] {
  return Array.from({ length: count }, (_, piece) => {
    const isHere = ((have[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0;
    return isHere ? -1 : (availability[piece] ?? 0);
  });
}
