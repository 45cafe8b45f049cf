/** The peers that a magnet link names ("x.pe"), as addresses. */
import { type Endpoint, makeEndpoint, parseHostPort } from "@torrential/core";
import { DnsResolver } from "./http/dns.ts";

/** A link has a few; whoever writes thousands means somebody harm. */
const PEERS_MAX = 50;

/** Names that cannot be resolved are left out. Never rejects. */
export async function resolvePeers(
  peers: readonly string[],
  bindAddress: string | undefined,
): Promise<readonly Endpoint[]> {
  if (peers.length === 0) return [];
  const dns = new DnsResolver({ bindAddress });
  const resolved = await Promise.allSettled(
    peers.slice(0, PEERS_MAX).map(async (peer) => {
      const { host, port } = parseHostPort(peer);
      return (await dns.resolve(host)).map((address) => makeEndpoint(address, port));
    }),
  );
  return resolved.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
}
