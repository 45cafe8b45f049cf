/** Fields of a torrent that its view alone answers, by canonical name (rpc-spec, 3.3). */
import { posix } from "node:path";
import type { ShareLimit, TorrentView } from "../../service/torrent-view.ts";
import { errorOf, etaOf, statusOf } from "./status.ts";
import { kilobytes, seconds } from "./units.ts";

type Field = (view: TorrentView) => unknown;

/** What a torrent without a limit of its own is said to allow; clients show it greyed out. */
const PEERS_DEFAULT = 100;
/** rpc-spec: which limit counts. */
const MODE = { global: 0, single: 1, unlimited: 2 } as const;

export const TORRENT_FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ["id", (view) => view.id],
  ["hash_string", (view) => view.infoHash],
  ["name", (view) => view.name],
  ["status", statusOf],
  ["error", errorOf],
  ["error_string", (view) => view.problem?.message ?? ""],
  ["eta", etaOf],
  ["eta_idle", () => -1],
  ["group", (view) => view.category ?? ""],
  ["labels", (view) => view.tags],
  ["comment", (view) => view.comment ?? ""],
  ["creator", (view) => view.createdBy ?? ""],
  ["is_private", (view) => view.isPrivate],
  ["is_finished", (view) => view.isLimitReached],
  ["is_stalled", (view) => view.isStalled],

  ["percent_done", (view) => view.progress],
  ["percent_complete", (view) => (view.sizeBytes === 0 ? 0 : view.verifiedBytes / view.sizeBytes)],
  ["metadata_percent_complete", (view) => (view.hasMetadata ? 1 : (view.stateProgress ?? 0))],
  ["recheck_progress", (view) => (view.state === "checking" ? (view.stateProgress ?? 0) : 0)],
  ["total_size", (view) => view.sizeBytes],
  ["size_when_done", (view) => view.wantedBytes],
  ["left_until_done", (view) => view.wantedBytes - view.verifiedBytes],
  ["have_valid", (view) => view.verifiedBytes],
  ["have_unchecked", () => 0],
  ["desired_available", desiredAvailable],
  ["corrupt_ever", (view) => view.wastedBytes],
  ["downloaded_ever", (view) => view.downloadedBytes],
  ["uploaded_ever", (view) => view.uploadedBytes],
  ["upload_ratio", (view) => view.ratio ?? -1],
  ["rate_download", (view) => Math.round(view.downRate)],
  ["rate_upload", (view) => Math.round(view.upRate)],
  ["piece_count", (view) => view.pieceCount],
  ["piece_size", (view) => view.pieceLength],
  ["file_count", (view) => view.fileCount],

  ["activity_date", (view) => seconds(view.activeAtMs)],
  ["added_date", (view) => seconds(view.addedAtMs)],
  ["date_created", (view) => seconds(view.createdAtMs)],
  ["done_date", (view) => seconds(view.completedAtMs)],
  ["edit_date", () => 0],
  ["start_date", (view) => seconds(view.startedAtMs)],
  ["manual_announce_time", () => -1],
  ["seconds_downloading", (view) => seconds(view.activeTimeMs - view.seedingTimeMs)],
  ["seconds_seeding", (view) => seconds(view.seedingTimeMs)],

  ["download_dir", (view) => view.currentFolder],
  ["torrent_file", () => ""],
  ["queue_position", (view) => Math.max(0, view.queuePosition - 1)],
  ["bandwidth_priority", (view) => view.priority],
  ["download_limit", (view) => kilobytes(view.limits.down)],
  ["download_limited", (view) => view.limits.down !== undefined],
  ["upload_limit", (view) => kilobytes(view.limits.up)],
  ["upload_limited", (view) => view.limits.up !== undefined],
  ["honors_session_limits", () => true],
  ["peer_limit", (view) => view.peersMax ?? PEERS_DEFAULT],
  ["max_connected_peers", (view) => view.peersMax ?? PEERS_DEFAULT],
  ["seed_ratio_limit", (view) => numberOf(view.shareLimits.ratio)],
  ["seed_ratio_mode", (view) => modeOf(view.shareLimits.ratio)],
  ["seed_idle_limit", (view) => Math.round(numberOf(view.shareLimits.idleTimeMs) / 60_000)],
  ["seed_idle_mode", (view) => modeOf(view.shareLimits.idleTimeMs)],
  ["sequential_download", (view) => view.isSequential],
  ["sequential_download_from_piece", () => 0],
  ["peers_connected", (view) => view.peers],
  // Clients ask this of every torrent to tell "Downloading" from "Idle": counting peers would ask the engine each time.
  ["peers_sending_to_us", (view) => Number(view.downRate >= 1)],
  ["peers_getting_from_us", (view) => Number(view.upRate >= 1)],
]);

/** Bytes that connected peers could still give. */
function desiredAvailable(view: TorrentView): number {
  const left = view.wantedBytes - view.verifiedBytes;
  return view.availability >= 1 ? left : Math.round(left * view.availability);
}

function numberOf(limit: ShareLimit): number {
  return typeof limit === "number" ? limit : 0;
}

function modeOf(limit: ShareLimit): number {
  if (typeof limit === "number") return MODE.single;
  return limit === "none" ? MODE.unlimited : MODE.global;
}

/** `sonarr.example` and `tracker.example.org` are shown by what people know: the name before the public suffix. */
export function siteName(url: string): string {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  if (/^[\d.]+$|:/.test(host)) return host;
  const labels = host.split(".");
  return labels.at(-2) ?? labels[0] ?? "";
}

/** Where trackers of this kind are scraped (BEP 48); "" where they can't be. */
export function scrapeUrl(announce: string): string {
  if (!URL.canParse(announce)) return "";
  const url = new URL(announce);
  const name = posix.basename(url.pathname);
  if (url.protocol === "udp:") return announce;
  if (!name.startsWith("announce")) return "";
  url.pathname = posix.join(posix.dirname(url.pathname), name.replace("announce", "scrape"));
  return url.href;
}
