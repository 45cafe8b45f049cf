/** Where a DHT node starts from, and whether local addresses belong to its network. */
import { canonicalIp, type Endpoint, type HostPort, makeEndpoint, TorrentialError } from "@torrential/core";
import { isLocalAddress } from "@torrential/protocol";
import { classifyIp } from "@torrential/core";
import type { DnsResolver } from "../http/dns.ts";

/** Nodes that stay where they are, run for this by those who write clients. Three at least (PROMISES C15). */
export const BOOTSTRAP_NODES: readonly HostPort[] = [
  { host: "dht.libtorrent.org", port: 25_401 },
  { host: "router.bittorrent.com", port: 6881 },
  { host: "router.utorrent.com", port: 6881 },
  { host: "dht.transmissionbt.com", port: 6881 },
];

/** From loopback no road leads to the world, so nobody is asked where it is. */
export function defaultBootstrap(addresses: readonly string[] | undefined): readonly HostPort[] {
  const isLoopback = addresses !== undefined && addresses.every((address) => classifyIp(address) === "loopback");
  return isLoopback ? [] : BOOTSTRAP_NODES;
}

/**
 * Whether local addresses may be nodes: only where the user names one to start from, or binds to loopback. A name that
 * leads to one does not count: whoever owns the name would choose.
 */
export function allowsLocal(bootstrap: readonly HostPort[], addresses: readonly string[] | undefined): boolean {
  const isNamed = bootstrap.some(({ host }) => {
    const address = canonicalIp(host);
    return host === "localhost" || (address !== undefined && isLocalAddress(address));
  });
  return isNamed || addresses?.some((address) => classifyIp(address) === "loopback") === true;
}

/** The addresses of all of them. A name without an address is left out. */
export async function resolveBootstrap(bootstrap: readonly HostPort[], dns: DnsResolver): Promise<readonly Endpoint[]> {
  const resolved = await Promise.all(
    bootstrap.map(async ({ host, port }) => {
      try {
        return (await dns.resolve(host)).map((address) => makeEndpoint(address, port));
      } catch (error) {
        if (error instanceof TorrentialError) return [];
        throw error;
      }
    }),
  );
  return resolved.flat();
}
