/** qBittorrent's words for a torrent's state, as of 5.1. */
import type { TorrentView } from "../../service/torrent-view.ts";

export type QbState =
  | "error"
  | "missingFiles"
  | "uploading"
  | "stoppedUP"
  | "queuedUP"
  | "stalledUP"
  | "checkingUP"
  | "forcedUP"
  | "downloading"
  | "metaDL"
  | "forcedMetaDL"
  | "stoppedDL"
  | "queuedDL"
  | "stalledDL"
  | "checkingDL"
  | "forcedDL"
  | "checkingResumeData"
  | "moving"
  | "unknown";

export function stateOf(view: TorrentView): QbState {
  const isForced = view.intent === "force";
  switch (view.state) {
    case "loading":
      return "checkingResumeData";
    case "stopped":
    case "stopping":
      return view.isComplete && view.hasMetadata ? "stoppedUP" : "stoppedDL";
    case "queued":
      return view.isComplete ? "queuedUP" : "queuedDL";
    case "checking":
      return view.isComplete ? "checkingUP" : "checkingDL";
    case "metadata":
      return isForced ? "forcedMetaDL" : "metaDL";
    case "downloading":
      if (isForced) return "forcedDL";
      return view.downRate > 0 ? "downloading" : "stalledDL";
    case "finished":
    case "seeding":
      if (isForced) return "forcedUP";
      return view.upRate > 0 ? "uploading" : "stalledUP";
    case "moving":
      return "moving";
    case "storage-missing":
      return "missingFiles";
    case "error":
    case "quarantined":
      return view.problem?.code === "missing" || view.problem?.code === "gone" ? "missingFiles" : "error";
    default:
      return view.state satisfies never;
  }
}

type Test = (state: QbState, view: TorrentView) => boolean;

function isOneOf(...states: readonly QbState[]): Test {
  const wanted = new Set(states);
  return (state) => wanted.has(state);
}

const isStopped = isOneOf("stoppedUP", "stoppedDL");
const UPLOADING = ["uploading", "stalledUP", "checkingUP", "queuedUP", "forcedUP"] as const;
const isBusy = isOneOf("metaDL", "forcedMetaDL", "downloading", "forcedDL", "uploading", "forcedUP", "moving");
const isActive: Test = (state, view) => (state === "stalledDL" ? view.upRate > 0 : isBusy(state, view));
const isRunning: Test = (state, view) => !isStopped(state, view);

/** Those of `torrents/info`, 5.1; old names of what is stopped work too. An unknown filter lets everything through. */
const FILTERS: ReadonlyMap<string, Test> = new Map<string, Test>([
  [
    "downloading",
    isOneOf("downloading", "metaDL", "forcedMetaDL", "stalledDL", "checkingDL", "stoppedDL", "queuedDL", "forcedDL"),
  ],
  ["seeding", isOneOf(...UPLOADING)],
  ["completed", isOneOf(...UPLOADING, "stoppedUP")],
  ["stopped", isStopped],
  ["paused", isStopped],
  ["running", isRunning],
  ["resumed", isRunning],
  ["active", isActive],
  ["inactive", (state, view) => !isActive(state, view)],
  ["stalled", isOneOf("stalledUP", "stalledDL")],
  ["stalled_uploading", isOneOf("stalledUP")],
  ["stalled_downloading", isOneOf("stalledDL")],
  ["checking", isOneOf("checkingUP", "checkingDL", "checkingResumeData")],
  ["moving", isOneOf("moving")],
  ["errored", isOneOf("error", "missingFiles")],
]);

export function passesFilter(view: TorrentView, filter: string): boolean {
  return FILTERS.get(filter)?.(stateOf(view), view) ?? true;
}
