/** A torrent's counters: over all runs for its user, and of this run for its trackers. */
import type { Bitfield, Geometry } from "@torrential/core";
import type { Totals } from "../resume/journal.ts";
import type { Swarm } from "../swarm/swarm.ts";
import type { AnnounceTotals } from "./announcer.ts";

/** What earlier runs counted and what this one has. */
export function addUp(earlier: Totals, swarm: Swarm | undefined): Totals {
  return {
    uploadedBytes: earlier.uploadedBytes + (swarm?.up.totalBytes ?? 0),
    downloadedBytes: earlier.downloadedBytes + (swarm?.down.totalBytes ?? 0),
  };
}

/** Those of a run that went on after a sleep, as if it had not been interrupted. */
export function announceAfter(before: AnnounceTotals | undefined, totals: AnnounceTotals): AnnounceTotals {
  if (before === undefined) return totals;
  const { uploaded, downloaded } = before;
  return { ...totals, uploaded: uploaded + totals.uploaded, downloaded: downloaded + totals.downloaded };
}

/** BEP 3: bytes since `started` was said, and what is still to come of the whole torrent. */
export function announceTotals(geometry: Geometry, have: Bitfield, swarm: Swarm | undefined): AnnounceTotals {
  const last = geometry.pieceCount - 1;
  const short = have.has(last) ? geometry.pieceLength - geometry.pieceLengthOf(last) : 0;
  return {
    isPartialSeed: !have.isFull && swarm?.picker.wantedRemaining === 0,
    uploaded: swarm?.up.totalBytes ?? 0,
    downloaded: swarm?.down.totalBytes ?? 0,
    left: geometry.lengthBytes - (have.count * geometry.pieceLength - short),
  };
}
