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

type Test = (view: TorrentView, state: QbState) => boolean;

const isStopped: Test = (_, state) => state === "stoppedUP" || state === "stoppedDL";
const isActive: Test = (view) => view.downRate > 0 || view.upRate > 0;

/** Those of `torrents/info`, 5.1; old names of what is stopped work too. An unknown filter lets everything through. */
const FILTERS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ["downloading", (view, state) => !view.isComplete && state !== "error" && state !== "missingFiles"],
  ["seeding", (view, state) => view.isComplete && !isStopped(view, state) && state !== "error"],
  ["completed", (view) => view.isComplete && view.hasMetadata],
  ["stopped", isStopped],
  ["paused", isStopped],
  ["running", (view, state) => !isStopped(view, state)],
  ["resumed", (view, state) => !isStopped(view, state)],
  ["active", isActive],
  ["inactive", (view, state) => !isActive(view, state)],
  ["stalled", (_, state) => state === "stalledUP" || state === "stalledDL"],
  ["stalled_uploading", (_, state) => state === "stalledUP"],
  ["stalled_downloading", (_, state) => state === "stalledDL"],
  ["checking", (_, state) => state === "checkingUP" || state === "checkingDL" || state === "checkingResumeData"],
  ["moving", (_, state) => state === "moving"],
  ["errored", (_, state) => state === "error" || state === "missingFiles"],
]);

export function passesFilter(view: TorrentView, filter: string): boolean {
  return FILTERS.get(filter)?.(view, stateOf(view)) ?? true;
}
