/** What a gateway is asked for, whatever it speaks, and what it gave. */

export type MapProtocol = "tcp" | "udp";

/** PCP (RFC 6887), NAT-PMP (RFC 6886), or UPnP's Internet Gateway Device, version 1 or 2. */
export type MapMethod = "pcp" | "nat-pmp" | "upnp";

/** A port of ours that should be reachable from outside. */
export interface PortWish {
  readonly protocol: MapProtocol;
  readonly port: number;
}

/** What became of a wish. */
export interface PortMapping {
  readonly protocol: MapProtocol;
  readonly internalPort: number;
  /** Undefined while nothing is mapped. */
  readonly externalPort: number | undefined;
  /** Canonical; undefined when the gateway did not say. It may be a private one, behind another gateway. */
  readonly externalAddress: string | undefined;
  readonly method: MapMethod | undefined;
  /** Why it is not mapped; undefined while that is still being found out, and once it is. */
  readonly problem: string | undefined;
}

/** Asked for, and asked for again at half of it (RFC 6886: "the RECOMMENDED Port Mapping Lifetime is 7200 seconds"). */
export const MAPPING_LIFETIME_SECONDS = 7_200;

export function wishKey({ protocol, port }: PortWish): string {
  return `${protocol} ${port}`;
}
