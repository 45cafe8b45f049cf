/** Where our packets leave this machine: the default gateway of each family and our own address on the way to it. */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { canonicalIp, classifyIp } from "@torrential/core";

export interface Gateway {
  readonly family: 4 | 6;
  readonly interfaceName: string;
  /** With its zone when it is link-local: "fe80::1%eth0". */
  readonly address: string;
  readonly localAddress: string;
}

/** A default route, as the kernel lists it. */
export interface DefaultRoute {
  readonly interfaceName: string;
  readonly gateway: string;
  readonly metric: number;
}

interface LocalAddress {
  readonly interfaceName: string;
  readonly address: string;
}

/** The gateway of this family; on the interface of `bindAddress` when that is given. Undefined where there is none. */
export function findGateway(family: 4 | 6, bindAddress: string | undefined): Gateway | undefined {
  const routes = family === 4 ? parseIpv4Routes(readProc("route")) : parseIpv6Routes(readProc("ipv6_route"));
  return chooseGateway(family, { routes, addresses: localAddresses(family), bindAddress });
}

export interface GatewayView {
  readonly routes: readonly DefaultRoute[];
  readonly addresses: readonly LocalAddress[];
  readonly bindAddress: string | undefined;
}

/** The route with the least metric whose interface has an address to be reached at. */
export function chooseGateway(family: 4 | 6, { routes, addresses, bindAddress }: GatewayView): Gateway | undefined {
  const bound = bindAddress === undefined ? undefined : canonicalIp(bindAddress);
  for (const { interfaceName, gateway } of routes.toSorted((a, b) => a.metric - b.metric)) {
    const own = addresses.filter((each) => each.interfaceName === interfaceName);
    const local = bound === undefined ? own[0] : own.find(({ address }) => address === bound);
    if (local === undefined) continue;
    const isLinkLocal = classifyIp(gateway) === "link-local" && family === 6;
    const address = isLinkLocal ? `${gateway}%${interfaceName}` : gateway;
    return { family, interfaceName, address, localAddress: local.address };
  }
  return undefined;
}

/** Reads /proc/net/route: addresses are hexadecimal, little-endian. */
export function parseIpv4Routes(text: string): readonly DefaultRoute[] {
  return text.split("\n").flatMap((line) => {
    const [interfaceName, destination, gateway, flags, , , metric] = line.trim().split(/\s+/);
    const isUsable = destination === "00000000" && isUpGateway(flags) && /^[\dA-F]{8}$/i.test(gateway ?? "");
    if (!isUsable || interfaceName === undefined || gateway === undefined) return [];
    const address = canonicalIp(Uint8Array.from(Buffer.from(gateway, "hex").reverse()));
    return address === undefined ? [] : [{ interfaceName, gateway: address, metric: Number(metric) }];
  });
}

/** Reads /proc/net/ipv6_route: destination, its length, source, its length, next hop, metric, …, flags, interface. */
export function parseIpv6Routes(text: string): readonly DefaultRoute[] {
  return text.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [destination, length, , , hop = "", metric = ""] = fields;
    const interfaceName = fields[9];
    const isDefault = destination === "0".repeat(32) && length === "00";
    if (!isDefault || interfaceName === undefined || !isUpGateway(fields[8]) || !/^[\da-f]{32}$/i.test(hop)) return [];
    const address = canonicalIp(Uint8Array.from(Buffer.from(hop, "hex")));
    return address === undefined ? [] : [{ interfaceName, gateway: address, metric: Number.parseInt(metric, 16) }];
  });
}

/** RTF_UP and RTF_GATEWAY. */
function isUpGateway(flags: string | undefined): boolean {
  return (Number.parseInt(flags ?? "0", 16) & 3) === 3;
}

function localAddresses(family: 4 | 6): readonly LocalAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([interfaceName, list]) =>
    (list ?? []).flatMap(({ address, family: each, internal }) => {
      const canonical = canonicalIp(address);
      if (internal || each !== `IPv${family}` || canonical === undefined) return [];
      return classifyIp(canonical) === "link-local" ? [] : [{ interfaceName, address: canonical }];
    }),
  );
}

function readProc(name: string): string {
  try {
    return readFileSync(`/proc/net/${name}`, "utf8");
  } catch {
    return ""; // Not Linux, or no such family: no gateway is known.
  }
}
