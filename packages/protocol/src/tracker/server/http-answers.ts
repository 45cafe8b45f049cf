/** What a tracker answers over HTTP: compact (BEP 23, BEP 7) or in the long form, with our view of the asker (BEP 24). */
import {
  type BInput,
  encodeBencode,
  encodeCompactPeers,
  infoHashBytes,
  type InfoHash,
  latin1,
  parseIp,
} from "@torrential/core";
import type { ScrapeEntry } from "../types.ts";
import type { Member } from "./registry.ts";
import type { IncomingAnnounce, TrackerRefusal } from "./requests.ts";

export interface AnnounceAnswer {
  readonly intervalSeconds: number;
  readonly minIntervalSeconds: number;
  readonly entry: ScrapeEntry;
  readonly peers: readonly Member[];
  /** Where the request came from. */
  readonly address: string;
}

export function encodeAnnounceAnswer(request: IncomingAnnounce, answer: AnnounceAnswer): Uint8Array {
  const { intervalSeconds, minIntervalSeconds, entry, peers, address } = answer;
  const common = {
    interval: intervalSeconds,
    "min interval": minIntervalSeconds,
    complete: entry.seeders,
    incomplete: entry.leechers,
    downloaded: entry.downloaded,
    "external ip": parseIp(address),
  };
  if (!request.isCompact) return encodeBencode({ ...common, peers: peers.map((peer) => toDict(peer, request)) });
  const endpoints = peers.map((peer) => peer.endpoint);
  const ipv6 = encodeCompactPeers(endpoints, 6);
  return encodeBencode({
    ...common,
    peers: encodeCompactPeers(endpoints, 4),
    peers6: ipv6.length === 0 ? undefined : ipv6,
  });
}

function toDict({ endpoint, peerId }: Member, { noPeerId }: IncomingAnnounce): BInput {
  return { ip: endpoint.address, port: endpoint.port, "peer id": noPeerId ? undefined : peerId };
}

export function encodeScrapeAnswer(entries: ReadonlyMap<InfoHash, ScrapeEntry>): Uint8Array {
  const files = new Map<string, BInput>();
  for (const [infoHash, { seeders, leechers, downloaded }] of entries) {
    const key = String.fromCharCode(...infoHashBytes(infoHash));
    files.set(key, { complete: seeders, incomplete: leechers, downloaded });
  }
  return encodeBencode({ files });
}

/** BEP 3, BEP 31. */
export function encodeRefusal({ message, retryInMinutes }: TrackerRefusal): Uint8Array {
  return encodeBencode({ "failure reason": latin1(message), "retry in": retryInMinutes });
}
