/** HTTP trackers: any body is a TrackerError or an answer whose peers are endpoints. */
import assert from "node:assert/strict";
import { formatEndpoint, latin1, parseEndpoint, parseIp } from "@torrential/core";
import { parseAnnounceResponse, parseScrapeResponse, TrackerError } from "@torrential/protocol";

export const seeds: readonly Uint8Array[] = [
  "d8:completei5e10:downloadedi9e11:external ip4:\x08\x08\x04\x0410:incompletei7e8:intervali1800e12:min intervali900e" +
    "5:peers12:\x01\x02\x03\x04\x1a\xe1\x05\x06\x07\x08\x00\x506:peers618:aaaaaaaaaaaaaaaaaa10:tracker id3:abc" +
    "15:warning message4:slowe",
  "d8:intervali60e5:peersld2:ip7:1.2.3.44:porti6881eed2:ip11:2001:db8::24:porti1eeee",
  "d14:failure reason10:overloaded8:retry in1:5e",
  "d5:filesd20:xxxxxxxxxxxxxxxxxxxxd8:completei11e10:downloadedi13772e10:incompletei19eeee",
].map((text) => latin1(text));

export function fuzz(input: Uint8Array): void {
  allowTrackerError(() => {
    const response = parseAnnounceResponse(input);
    for (const peer of response.peers) assert.deepEqual(parseEndpoint(formatEndpoint(peer)), peer);
    assert.ok(response.intervalSeconds >= 0 && response.intervalSeconds < 2 ** 31);
    assert.ok(response.externalIp === undefined || parseIp(response.externalIp));
  });
  allowTrackerError(() => {
    for (const [infoHash, entry] of parseScrapeResponse(input)) {
      assert.match(infoHash, /^[0-9a-f]{40}$/);
      assert.ok(entry.seeders >= 0 && entry.leechers >= 0 && entry.downloaded >= 0);
    }
  });
}

function allowTrackerError(task: () => void): void {
  try {
    task();
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    assert.ok(error.retryInSeconds === undefined || error.retryInSeconds > 0);
  }
}
