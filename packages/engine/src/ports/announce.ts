/** What the engine asks of trackers. The transport (HTTP or UDP, DNS, sockets) is the driver's business. */
import type { AnnounceEvent, AnnounceResponse } from "@torrential/protocol";

export interface AnnounceCommand {
  readonly type: "announce";
  /** Answered once by `handleAnnounced(request, result)`. */
  readonly request: number;
  readonly url: string;
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

export type AnnounceResult =
  | { readonly ok: true; readonly response: AnnounceResponse }
  | {
      readonly ok: false;
      readonly code:
        | "tracker-timeout"
        | "tracker-unreachable"
        | "tracker-refused"
        | "tracker-failure"
        | "tracker-invalid";
      readonly message: string;
      readonly retryInSeconds: number | undefined;
    };
