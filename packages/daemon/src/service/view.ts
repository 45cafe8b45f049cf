/** Makes the view of a torrent out of its record, its progress and the engine's last word. */
import type { Entry } from "./entry.ts";
import { contentPathOf } from "./file-names.ts";
import type { TorrentProblem, TorrentState, TorrentView } from "./torrent-view.ts";
import { hostOf } from "./trackers.ts";

/** A torrent that runs and moved nothing for so long is stalled. */
const STALLED_MS = 60_000;

export function makeView(entry: Entry, context: { readonly revision: number; readonly now: number }): TorrentView {
  const { record, progress, live } = entry;
  const { facts } = record;
  const state = stateOf(entry);
  const wantedBytes = wantedBytesOf(entry);
  const verifiedBytes = live?.verifiedBytes ?? progress.verifiedBytes;
  const name = record.name ?? facts?.name ?? record.infoHash;
  const downRate = live?.downRate ?? 0;
  return {
    id: record.id,
    infoHash: record.infoHash,
    infoHashV1: record.infoHashV1,
    infoHashV2: record.infoHashV2,
    name,
    state,
    intent: record.intent,
    problem: problemOf(entry),
    trackerMessage: entry.trackerMessage,
    hasMetadata: facts !== undefined,
    isPrivate: facts?.isPrivate ?? false,
    isComplete: progress.isComplete,
    isStalled: isStalled(entry, state, context.now),
    isLimitReached: progress.isLimitReached,
    queuePosition: entry.queuePosition,
    sizeBytes: facts?.sizeBytes ?? 0,
    wantedBytes,
    verifiedBytes,
    progress: wantedBytes === 0 ? (progress.isComplete ? 1 : 0) : verifiedBytes / wantedBytes,
    stateProgress: stateProgressOf(entry),
    fileCount: facts?.fileCount ?? 0,
    pieceCount: facts?.pieceCount ?? 0,
    piecesHave: live?.piecesHave ?? progress.piecesHave,
    pieceLength: facts?.pieceLength ?? 0,
    downRate,
    upRate: live?.upRate ?? 0,
    downloadedBytes: progress.downloadedBytes,
    uploadedBytes: progress.uploadedBytes,
    wastedBytes: progress.wastedBytes,
    sessionDownloadedBytes: progress.downloadedBytes - entry.startTotals.downloadedBytes,
    sessionUploadedBytes: progress.uploadedBytes - entry.startTotals.uploadedBytes,
    ratio: ratioOf(entry),
    etaMs: downRate > 0 && verifiedBytes < wantedBytes ? ((wantedBytes - verifiedBytes) / downRate) * 1000 : undefined,
    peers: live?.peers ?? 0,
    seeds: live?.seeds ?? 0,
    ...swarmOf(entry),
    availability: live?.distributedCopies ?? 0,
    ...timesOf(entry),
    nextAnnounceAtMs: nextAnnounceOf(entry),
    folder: record.folder,
    currentFolder: record.currentFolder,
    incompleteFolder: record.incompleteFolder,
    contentPath: contentPathOf(record),
    ...wishesOf(entry),
    tracker: trackerOf(entry),
    trackerCount: record.trackers.flat().length,
    comment: record.comment ?? facts?.comment,
    createdBy: facts?.createdBy,
    createdAtMs: facts?.createdAtMs,
    revision: context.revision,
  };
}

/**
 * All of it until the engine has said what is wanted: a torrent that rests since it was added is not complete, and programs
 * take one with nothing left for that.
 */
function wantedBytesOf({ record, progress, live }: Entry): number {
  const { facts, filePriorities } = record;
  const told = live?.wantedBytes ?? progress.wantedBytes;
  if (told > 0 || facts === undefined) return told;
  const isNothingWanted = filePriorities.length > 0 && filePriorities.every((priority) => priority === 0);
  return isNothingWanted ? 0 : facts.sizeBytes;
}

function timesOf({ record, progress }: Entry) {
  return {
    addedAtMs: record.addedAtMs,
    startedAtMs: progress.startedAtMs,
    completedAtMs: progress.completedAtMs,
    activeAtMs: progress.activeAtMs,
    seenCompleteAtMs: progress.seenCompleteAtMs,
    activeTimeMs: Math.round(progress.activeTimeMs),
    seedingTimeMs: Math.round(progress.seedingTimeMs),
  } satisfies Partial<TorrentView>;
}

/** What users decided. */
function wishesOf({ record }: Entry) {
  return {
    category: record.category,
    tags: record.tags,
    isAutoManaged: record.isAutoManaged,
    limits: record.limits,
    shareLimits: record.shareLimits,
    priority: record.priority,
    isSequential: record.isSequential,
    isFirstLast: record.isFirstLast,
    isSuperSeeding: record.isSuperSeeding,
    peersMax: record.peersMax,
  } satisfies Partial<TorrentView>;
}

/** Uploaded by downloaded, or by size where nothing was downloaded. */
export function ratioOf({ progress, record }: Entry): number | undefined {
  const base = progress.downloadedBytes > 0 ? progress.downloadedBytes : (record.facts?.sizeBytes ?? 0);
  return base > 0 ? progress.uploadedBytes / base : undefined;
}

function stateOf(entry: Entry): TorrentState {
  const { problem, record, live, phase } = entry;
  if (problem !== undefined) return problem.kind;
  if (phase === "unloading") return "stopping";
  if (live?.state.status === "moving") return "moving";
  if (record.intent === "stop" && !record.recheckDue) return phase === "resting" ? "stopped" : "stopping";
  if (phase === "resting") return entry.isTurn ? "loading" : "queued";
  if (live === undefined) return "loading";
  if (live.state.status === "fetching-metadata") return "metadata";
  return live.state.status === "stopped" ? "loading" : live.state.status;
}

function problemOf({ problem, live }: Entry): TorrentProblem | undefined {
  if (problem !== undefined) return { code: problem.code, message: problem.message, remedy: problem.remedy };
  if (live?.state.status !== "error") return undefined;
  const { class: code, message } = live.state;
  return { code, message, remedy: REMEDIES[code] ?? "See the log, then start the torrent again." };
}

const REMEDIES: Readonly<Record<string, string>> = {
  "metadata-invalid": "Remove it: what peers have under this info-hash is no torrent.",
  "v2-unsupported": "Nothing yet: this program cannot share torrents that are v2 only.",
  full: "Make room on the disk: it goes on by itself.",
  gone: "Connect the disk or bring the folder back: it goes on by itself.",
  denied: "Give the daemon's user the right to write there, then start the torrent.",
  "read-only": "Mount the disk for writing: it goes on by itself.",
  io: "Look at the disk's health; the torrent tries again by itself.",
  corrupt: "Move away what is in the place of its files, then start the torrent: everything is checked.",
  "too-long": "Choose a folder with a shorter path.",
  busy: "Nothing: it tries again by itself.",
};

function stateProgressOf({ live }: Entry): number | undefined {
  const state = live?.state;
  if (state?.status === "checking" && state.total > 0) return state.checked / state.total;
  if (state?.status === "moving" && state.totalBytes > 0) return state.movedBytes / state.totalBytes;
  if (state?.status !== "fetching-metadata" || state.totalBytes === undefined) return undefined;
  return state.receivedBytes / state.totalBytes;
}

function isStalled(entry: Entry, state: TorrentState, now: number): boolean {
  if (state !== "downloading" && state !== "seeding" && state !== "finished") return false;
  return entry.quietSince !== undefined && now - entry.quietSince >= STALLED_MS;
}

/** The largest that any tracker says. */
function swarmOf({ live }: Entry): Pick<TorrentView, "swarmPeers" | "swarmSeeds"> {
  let swarmPeers: number | undefined;
  let swarmSeeds: number | undefined;
  for (const tracker of live?.trackers ?? []) {
    const { seeders, leechers } = tracker;
    if (seeders !== undefined) swarmSeeds = Math.max(swarmSeeds ?? 0, seeders);
    if (leechers !== undefined) swarmPeers = Math.max(swarmPeers ?? 0, leechers);
  }
  return { swarmPeers, swarmSeeds };
}

function trackerOf({ live, record }: Entry): string | undefined {
  const working = live?.trackers.find(({ state }) => state === "working")?.url;
  const url = working ?? record.trackers[0]?.[0];
  return url === undefined ? undefined : hostOf(url);
}

function nextAnnounceOf({ live }: Entry): number | undefined {
  const times = (live?.trackers ?? []).flatMap(({ nextAnnounceAtMs }) => nextAnnounceAtMs ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}
