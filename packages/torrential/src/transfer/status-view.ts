/** A torrent's status as the command shows it, whoever it is shown to. */
import type { Lifecycle, TorrentStatus } from "@torrential/node";

/** The states of the command's contract. */
export type PublicState =
  | "fetching-metadata"
  | "checking"
  | "downloading"
  | "finished"
  | "seeding"
  | "stopped"
  | "error";

/** What became of a torrent: undefined while it is under way. */
export type Outcome = "done" | "failed" | undefined;

/** Bytes, bytes per second and seconds. */
export interface StatusView {
  readonly infoHash: string;
  readonly name: string;
  readonly state: PublicState;
  /** Of the files that are wanted. */
  readonly length: number;
  readonly verified: number;
  readonly downRate: number;
  readonly upRate: number;
  /** Over all runs. */
  readonly uploaded: number;
  readonly downloaded: number;
  readonly peers: number;
  readonly seeds: number;
  readonly knownPeers: number;
  /** By who named them: tracker, dht, pex, lsd, magnet, user, incoming, resume. */
  readonly sources: TorrentStatus["sources"];
  /** Until all is here; undefined when nothing comes in, or nothing is missing. */
  readonly eta: number | undefined;
  readonly wasted: number;
  /** Pieces; while checking. */
  readonly checked: { readonly done: number; readonly total: number } | undefined;
  /** Bytes; while metadata is fetched, once a peer said how long it is. */
  readonly metadata: { readonly received: number; readonly length: number } | undefined;
  /** Milliseconds. */
  readonly loopDelayP99Ms: number;
}

export interface ViewContext {
  /** Goes on to seed when everything is there. */
  readonly staysToSeed: boolean;
  readonly outcome: Outcome;
  readonly loopDelayP99Ms: number;
}

export function toView(status: TorrentStatus, context: ViewContext): StatusView {
  const { wantedBytes, verifiedBytes, downRate } = status;
  const missing = wantedBytes - verifiedBytes;
  const state = toPublicState(status.state, context);
  const { state: lifecycle } = status;
  return {
    infoHash: status.infoHash,
    name: status.name,
    state,
    length: wantedBytes,
    verified: verifiedBytes,
    downRate: Math.round(downRate),
    upRate: Math.round(status.upRate),
    uploaded: status.uploadedBytes,
    downloaded: status.downloadedBytes,
    peers: status.peers,
    seeds: status.seeds,
    knownPeers: status.knownPeers,
    sources: status.sources,
    eta: state === "downloading" && missing > 0 && downRate >= 1 ? Math.ceil(missing / downRate) : undefined,
    wasted: status.wastedBytes,
    checked: lifecycle.status === "checking" ? { done: lifecycle.checked, total: lifecycle.total } : undefined,
    metadata: metadataOf(lifecycle),
    loopDelayP99Ms: Math.round(context.loopDelayP99Ms * 10) / 10,
  };
}

function metadataOf(lifecycle: Lifecycle): StatusView["metadata"] {
  if (lifecycle.status !== "fetching-metadata" || lifecycle.totalBytes === undefined) return undefined;
  return { received: lifecycle.receivedBytes, length: lifecycle.totalBytes };
}

/** A torrent that was only to be downloaded is finished where the engine would seed; what is over stays as it ended. */
export function toPublicState(
  lifecycle: Lifecycle,
  { staysToSeed, outcome }: Pick<ViewContext, "staysToSeed" | "outcome">,
): PublicState {
  if (outcome !== undefined) return outcome === "done" ? "finished" : "error";
  switch (lifecycle.status) {
    case "stopping":
    case "stopped":
    case "moving":
      return "stopped";
    case "seeding":
      return staysToSeed ? "seeding" : "finished";
    case "fetching-metadata":
    case "checking":
    case "downloading":
    case "finished":
    case "error":
      return lifecycle.status;
  }
}
