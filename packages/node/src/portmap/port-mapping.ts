/**
 * Keeps our ports mapped at the default gateways, IPv4 and IPv6, and follows them when the network changes. Off for
 * loopback: there is no gateway there.
 */
import { classifyIp } from "@torrential/core";
import type { MapMethod, MapProtocol, PortMapping, PortWish } from "@torrential/protocol";
import type { GuardedHttp } from "../http/guarded-http.ts";
import { findGateway, type Gateway } from "./gateway.ts";
import { MapperDriver } from "./mapper-driver.ts";

/** "auto" tries PCP, NAT-PMP and UPnP in turn; "pcp" the first two. */
export type PortMappingMode = "off" | "auto" | MapMethod;

export interface PortMappingsOptions {
  readonly mode: Exclude<PortMappingMode, "off">;
  readonly bindAddress: string | undefined;
  readonly onChange: () => void;
  /** Where the gateways are; for tests. */
  readonly findGateway?: (family: 4 | 6, bindAddress: string | undefined) => Gateway | undefined;
  /** For requests to the gateway; for tests. */
  readonly http?: GuardedHttp;
}

/** F10: a network that comes late, or another one, is noticed in this time. */
const LOOK_EVERY_MS = 5_000;

export class PortMappings {
  readonly #options: PortMappingsOptions;
  readonly #drivers = new Map<4 | 6, MapperDriver>();
  readonly #leaving = new Set<Promise<void>>();
  #wishes: readonly PortWish[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastShown = "";

  constructor(options: PortMappingsOptions) {
    this.#options = options;
  }

  /** One for each port, and one more for each that an IPv6 firewall let through. */
  get mappings(): readonly PortMapping[] {
    const ipv4 = this.#drivers.get(4)?.mappings ?? this.#wishes.map(withoutGateway);
    const ipv6 = this.#drivers.get(6)?.mappings ?? [];
    return [...ipv4, ...ipv6.filter(({ externalPort }) => externalPort !== undefined)];
  }

  /** Where peers reach a port of ours; undefined when it is not mapped. */
  externalPort(protocol: MapProtocol, family: 4 | 6): number | undefined {
    const mappings = this.#drivers.get(family)?.mappings ?? [];
    return mappings.find((mapping) => mapping.protocol === protocol && mapping.externalPort !== undefined)
      ?.externalPort;
  }

  /** The address of the gateway that gave this mapping. */
  gatewayOf(mapping: PortMapping): string | undefined {
    const family = mapping.externalAddress?.includes(":") === true ? 6 : 4;
    return this.#drivers.get(family)?.gateway.address.replace(/%.*/, "");
  }

  /** Maps these ports and no others. */
  setWishes(wishes: readonly PortWish[]): void {
    this.#wishes = wishes;
    this.#look();
    for (const driver of this.#drivers.values()) driver.setWishes(wishes);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  /** Deletes what is mapped; at most `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    clearInterval(this.#timer);
    for (const family of [4, 6] as const) this.#leave(family, timeoutMs);
    await Promise.all(this.#leaving);
  }

  #look(): void {
    for (const family of [4, 6] as const) this.#lookFor(family);
  }

  #lookFor(family: 4 | 6): void {
    const found = (this.#options.findGateway ?? findGateway)(family, this.#options.bindAddress);
    const isSpoken = family === 4 || this.#options.mode === "auto" || this.#options.mode === "pcp";
    const gateway = isSpoken && found !== undefined && isWorthAsking(found) ? found : undefined;
    const known = this.#drivers.get(family)?.gateway;
    if (known?.address === gateway?.address && known?.localAddress === gateway?.localAddress) return;
    this.#leave(family, 0);
    if (gateway !== undefined) {
      const { mode, http } = this.#options;
      const onChange = (): void => this.#handleChange();
      const driver = new MapperDriver({ gateway, method: family === 6 ? "pcp" : mode, http, onChange });
      this.#drivers.set(family, driver);
      driver.setWishes(this.#wishes);
    }
    this.#handleChange();
  }

  /** A renewal that changed nothing is no news. */
  #handleChange(): void {
    const shown = JSON.stringify(this.mappings);
    if (shown === this.#lastShown) return;
    this.#lastShown = shown;
    this.#options.onChange();
  }

  #leave(family: 4 | 6, timeoutMs: number): void {
    const driver = this.#drivers.get(family);
    if (driver === undefined) return;
    this.#drivers.delete(family);
    const left = driver.close(timeoutMs).finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }
}

/** A public IPv4 address of our own needs no mapping; an IPv6 one may be behind a firewall that PCP opens. */
function isWorthAsking({ family, localAddress }: Gateway): boolean {
  return family === 6 || classifyIp(localAddress) === "private";
}

function withoutGateway({ protocol, port }: PortWish): PortMapping {
  return {
    protocol,
    internalPort: port,
    externalPort: undefined,
    externalAddress: undefined,
    method: undefined,
    problem: undefined,
  };
}
