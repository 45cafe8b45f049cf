/** For tests: what a tracker answers that says little. */
import type { AnnounceResponse } from "@torrential/protocol";

export function response(fields: Partial<AnnounceResponse> = {}): AnnounceResponse {
  return {
    intervalSeconds: 1_800,
    minIntervalSeconds: undefined,
    trackerId: undefined,
    seeders: undefined,
    leechers: undefined,
    downloaded: undefined,
    peers: [],
    externalIp: undefined,
    warning: undefined,
    ...fields,
  };
}
