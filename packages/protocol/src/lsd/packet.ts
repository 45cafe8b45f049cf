/** Local service discovery (BEP 14): a packet like an HTTP request, to a multicast group, that says who has which torrents. */
import { fromLatin1, type InfoHash, latin1, parseInfoHash, TorrentialError } from "@torrential/core";

/** BEP 14: the groups, and the port of both. */
export const LSD_PORT = 6771;
export const LSD_GROUPS: Readonly<Record<4 | 6, string>> = { 4: "239.192.152.143", 6: "ff15::efc0:988f" };

export interface LsdAnnounce {
  /** Where the sender takes connections. */
  readonly port: number;
  /** Each once. */
  readonly infoHashes: readonly InfoHash[];
  /** By which a sender knows its own packets again. */
  readonly cookie: string | undefined;
}

/** BEP 14: "the packet length should not exceed 1400 bytes". */
const PACKET_LENGTH_MAX = 1_400;
/** What is taken in: a datagram of Ethernet's size. */
const RECEIVED_LENGTH_MAX = 1_500;
const INFO_HASHES_MAX = 32;
const COOKIE_LENGTH_MAX = 64;
/** "Infohash: ", 40 digits, line break. */
const INFO_HASH_LINE_LENGTH = 52;
const HEAD_LENGTH_MAX = 200;

/** How many torrents fit into one packet. */
export const LSD_INFO_HASHES_MAX: number = Math.floor((PACKET_LENGTH_MAX - HEAD_LENGTH_MAX) / INFO_HASH_LINE_LENGTH);

/** At most LSD_INFO_HASHES_MAX info-hashes. */
export function encodeLsdAnnounce(announce: LsdAnnounce, family: 4 | 6): Uint8Array {
  const host = family === 4 ? LSD_GROUPS[4] : `[${LSD_GROUPS[6]}]`;
  const lines = [
    "BT-SEARCH * HTTP/1.1",
    `Host: ${host}:${LSD_PORT}`,
    `Port: ${announce.port}`,
    ...announce.infoHashes.map((infoHash) => `Infohash: ${infoHash}`),
    ...(announce.cookie === undefined ? [] : [`cookie: ${announce.cookie}`]),
  ];
  return latin1(`${lines.join("\r\n")}\r\n\r\n\r\n`);
}

/** Undefined for what is no announce, or names no torrent; headers that are not known are ignored. */
export function decodeLsdAnnounce(packet: Uint8Array): LsdAnnounce | undefined {
  if (packet.length > RECEIVED_LENGTH_MAX) return undefined;
  const [first = "", ...lines] = fromLatin1(packet).split(/\r?\n/);
  if (!/^BT-SEARCH \* HTTP\/1\.[01]$/.test(first)) return undefined;
  let port = 0;
  let cookie: string | undefined;
  const infoHashes = new Set<InfoHash>();
  for (const line of lines) {
    const [, name = "", value = ""] = /^([A-Za-z-]{1,32}):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key === "port") port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
    else if (key === "cookie") cookie = value.slice(0, COOKIE_LENGTH_MAX);
    else if (key === "infohash" && infoHashes.size < INFO_HASHES_MAX)
      for (const each of readHash(value)) infoHashes.add(each);
  }
  if (port < 1 || port > 65_535 || infoHashes.size === 0) return undefined;
  return { port, infoHashes: [...infoHashes], cookie };
}

function readHash(value: string): InfoHash[] {
  try {
    return [parseInfoHash(value)];
  } catch (error) {
    if (error instanceof TorrentialError) return [];
    throw error;
  }
}
