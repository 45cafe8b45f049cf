/** What the engine asks of trackers. The transport (HTTP or UDP, DNS, sockets) is the driver's business. */
import type { InfoHash } from "@torrential/core";
import type { AnnounceEvent, AnnounceResponse, ScrapeEntry } from "@torrential/protocol";

export interface AnnounceCommand {
  readonly type: "announce";
  /** Answered once by `handleAnnounced(request, result)`. */
  readonly request: number;
  readonly url: string;
  /** The address family to announce over: each has peers and an address of ours of its own (BEP 7). */
  readonly family: 4 | 6;
  /** Raw 20 bytes. */
  readonly infoHash: Uint8Array;
  readonly event: AnnounceEvent;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
  readonly numWant: number;
  /** Stable per torrent and session; lets a tracker recognise us after our address changed (BEP 7). */
  readonly key: number;
  /** Echoed `tracker id` of an earlier answer. */
  readonly trackerId: string | undefined;
}

export interface ScrapeCommand {
  readonly type: "scrape";
  /** Answered once by `handleScraped(request, result)`. */
  readonly request: number;
  readonly url: string;
  /** Raw 20 bytes each; at most 74 (BEP 15). */
  readonly infoHashes: readonly Uint8Array[];
}

export interface AnnounceFailure {
  readonly ok: false;
  readonly code:
    | "tracker-timeout"
    | "tracker-unreachable"
    | "tracker-refused"
    | "tracker-failure"
    | "tracker-invalid"
    /** The tracker has no address of the family that was asked for. */
    | "tracker-no-address";
  readonly message: string;
  /** BEP 31; Infinity for never. */
  readonly retryInSeconds: number | undefined;
}

export type AnnounceResult =
  | {
      readonly ok: true;
      readonly response: AnnounceResponse;
      /** The address that answered. */
      readonly from: string | undefined;
    }
  | AnnounceFailure;

export type ScrapeResult =
  | { readonly ok: true; readonly entries: ReadonlyMap<InfoHash, ScrapeEntry> }
  | AnnounceFailure;
