/** The addresses of this machine, and the networks that they are in. */
import { networkInterfaces } from "node:os";
import { canonicalIp, classifyIp, parseIp } from "@torrential/core";

export interface LocalInterface {
  /** Canonical. */
  readonly address: string;
  readonly family: 4 | 6;
  /** Bits of the address that name its network. */
  readonly prefixLength: number;
  /** As sockets want a multicast interface named: the address, or "::%name". */
  readonly scope: string;
}

/** Those of `bindAddress`, or all but loopback ones; these too when there are no others. */
export function listInterfaces(bindAddress?: string): readonly LocalInterface[] {
  const all = Object.entries(networkInterfaces()).flatMap(([name, entries]) =>
    (entries ?? []).flatMap(({ address, family, cidr }) => toInterface({ name, address, family, cidr })),
  );
  if (bindAddress !== undefined) return bound(bindAddress, all);
  const outer = all.filter(({ address }) => classifyIp(address) !== "loopback");
  return outer.length > 0 ? outer : all;
}

/** Whether an address is in a network that we are in. */
export function isOnLink(address: string, interfaces: readonly LocalInterface[]): boolean {
  const bytes = parseIp(address);
  return bytes !== undefined && interfaces.some((local) => isInNetwork(bytes, local));
}

/** An address of a network that is local as a whole (`ip addr add 198.18.0.1/16 dev lo`) is in no list of its own. */
function bound(bindAddress: string, all: readonly LocalInterface[]): readonly LocalInterface[] {
  const address = canonicalIp(bindAddress);
  if (address === undefined) return [];
  const exact = all.find((local) => local.address === address);
  if (exact !== undefined) return [exact];
  const around = all.find((local) => isOnLink(address, [local]));
  if (around === undefined) return [];
  return [{ ...around, address, scope: around.family === 4 ? address : around.scope }];
}

function toInterface(entry: {
  readonly name: string;
  readonly address: string;
  readonly family: string;
  readonly cidr: string | null;
}): LocalInterface[] {
  const address = canonicalIp(entry.address);
  if (address === undefined) return [];
  const family = entry.family === "IPv6" ? 6 : 4;
  const prefixLength = Number(entry.cidr?.split("/")[1] ?? (family === 4 ? 32 : 128));
  // BEP 14's IPv6 group is of the site: what is sent by a link-local address comes from one that nobody can dial.
  if (family === 6 && classifyIp(address) === "link-local") return [];
  return [{ address, family, prefixLength, scope: family === 4 ? address : `::%${entry.name}` }];
}

function isInNetwork(bytes: Uint8Array, { address, prefixLength }: LocalInterface): boolean {
  const own = parseIp(address);
  if (own?.length !== bytes.length) return false;
  for (let bit = 0; bit < prefixLength; bit++) {
    const mask = 0x80 >>> (bit & 7);
    if (((own[bit >>> 3] ?? 0) & mask) !== ((bytes[bit >>> 3] ?? 0) & mask)) return false;
  }
  return true;
}
