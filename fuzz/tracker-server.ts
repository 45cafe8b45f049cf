/** The tracker's server: any request gets an answer that our own client can read, or none. */
import assert from "node:assert/strict";
import { fromLatin1, latin1, makeEndpoint } from "@torrential/core";
import { parseAnnounceResponse, parseScrapeResponse, TrackerError, TrackerServer } from "@torrential/protocol";

const HASH = "%07".repeat(20);
const PEER = "-TO0100-aaaaaaaaaaaa";

export const seeds: readonly Uint8Array[] = [
  `/announce?info_hash=${HASH}&peer_id=${PEER}&port=6881&left=5&compact=1&numwant=50&event=started`,
  `/announce?info_hash=${HASH}&peer_id=${PEER}&port=6881&left=0&compact=0&event=completed`,
  `/scrape?info_hash=${HASH}&info_hash=${"%08".repeat(20)}`,
  "\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0\x01\x02\x03\x04",
  `\0\0\0\0\0\0\0\0\0\0\0\x01\x01\x02\x03\x04${"h".repeat(20)}${PEER}${"\0".repeat(40)}\xff\xff\xff\xff\x1a\xe1\x02\x05/a?b=`,
].map((text) => latin1(text));

export function fuzz(input: Uint8Array): void {
  const server = new TrackerServer({}, { random: () => 0.5, secret: new Uint8Array(32) });
  const from = makeEndpoint("10.0.0.1", 6881);
  const { status, body } = server.handleHttp(fromLatin1(input), from.address, 0);
  if (status === 200) allowRefusal(() => (isScrape(input) ? parseScrapeResponse(body) : parseAnnounceResponse(body)));
  const unproven = server.handleDatagram(input, from, 0);
  assert.ok((unproven?.length ?? 0) <= input.length, "an unproven address got more than it sent");
  const connect = Uint8Array.of(0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0, 1, 2, 3, 4);
  const connection = server.handleDatagram(connect, from, 0)?.subarray(8) ?? new Uint8Array(8);
  const proven = input.slice();
  proven.set(connection.subarray(0, Math.min(8, proven.length)));
  const answer = server.handleDatagram(proven, from, 0);
  assert.ok(answer === undefined || answer.length >= 8);
  const { torrents, peers, seeders } = server.stats;
  assert.ok(peers <= 2 && seeders <= peers && torrents <= 2);
}

function isScrape(input: Uint8Array): boolean {
  return fromLatin1(input).startsWith("/scrape");
}

function allowRefusal(task: () => void): void {
  try {
    task();
  } catch (error) {
    if (!(error instanceof TrackerError) || error.code !== "tracker-failure") throw error;
  }
}
