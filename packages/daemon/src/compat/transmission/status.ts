/** Transmission's words for a torrent's state. */
import type { TorrentView } from "../../service/torrent-view.ts";

/** rpc-spec, 3.3: `status`. */
const STATUS = {
  stopped: 0,
  checkWait: 1,
  checking: 2,
  downloadWait: 3,
  downloading: 4,
  seedWait: 5,
  seeding: 6,
} as const;

export function statusOf(view: TorrentView): number {
  switch (view.state) {
    case "stopped":
    case "stopping":
    case "quarantined":
    case "error":
    case "storage-missing":
      return STATUS.stopped;
    case "loading":
      return view.intent === "stop" ? STATUS.stopped : STATUS.checkWait;
    case "checking":
      return STATUS.checking;
    case "queued":
      return view.isComplete ? STATUS.seedWait : STATUS.downloadWait;
    case "metadata":
    case "downloading":
      return STATUS.downloading;
    case "finished":
    case "seeding":
      return STATUS.seeding;
    case "moving":
      return view.isComplete ? STATUS.seeding : STATUS.downloading;
    default:
      return view.state satisfies never;
  }
}

/** 3 is a fault of this machine. Trackers' faults show in their own statistics only: clients take any for a failure. */
export function errorOf(view: TorrentView): number {
  return view.problem === undefined ? 0 : 3;
}

/** Seconds; -1 when there is none, -2 when it is not known. */
export function etaOf(view: TorrentView): number {
  if (view.etaMs !== undefined) return Math.ceil(view.etaMs / 1000);
  return view.state === "downloading" || view.state === "metadata" ? -2 : -1;
}
