/**
 * Maps ports at the default gateway in whichever way it understands: PCP or NAT-PMP first, UPnP when these fail. Never
 * both at once: many gateways keep one table for all, and deleting one mapping would delete the other.
 */
import { PmpClient } from "./pmp-client.ts";
import type { MapMethod, PortMapping, PortWish } from "./types.ts";
import { type GatewayHttpResult, UpnpClient, type UpnpOutput } from "./upnp-client.ts";

export interface PortMapperOptions {
  /** The default gateway. */
  readonly gateway: string;
  /** Our own address on the way to it. */
  readonly localAddress: string;
  /** "auto" tries PCP, NAT-PMP and UPnP in turn; "pcp" the first two. */
  readonly method: "auto" | MapMethod;
}

export interface PortMapperDeps {
  /** Uniform in [0, 1), unpredictable for outsiders. */
  readonly random: () => number;
}

export type PortMapperOutput =
  /** To the gateway's port 5351. */
  { readonly type: "send"; readonly bytes: Uint8Array } | UpnpOutput;

/** How long a gateway that refused in every way is left alone. */
const START_OVER_MS = 600_000;

export class PortMapper {
  readonly #options: PortMapperOptions;
  readonly #pmp: PmpClient;
  readonly #upnp: UpnpClient;
  #active: "pmp" | "upnp";
  #wishes: readonly PortWish[] = [];
  #startOverAt: number | undefined;
  #problem: string | undefined;

  constructor(options: PortMapperOptions, deps: PortMapperDeps) {
    this.#options = options;
    const first = options.method === "nat-pmp" ? "nat-pmp" : "pcp";
    this.#pmp = new PmpClient({ ...options, first }, deps);
    this.#upnp = new UpnpClient(options, deps);
    this.#active = options.method === "upnp" ? "upnp" : "pmp";
  }

  /** All is deleted that was to be. */
  get isIdle(): boolean {
    return this.#pmp.isIdle && this.#upnp.isIdle;
  }

  get mappings(): readonly PortMapping[] {
    const { mappings } = this.#client;
    // While nothing is tried any more, what all ways came to is the last word.
    if (this.#startOverAt === undefined) return mappings;
    return mappings.map((mapping) => ({ ...mapping, problem: this.#problem }));
  }

  /** Maps these and nothing else; none to take leave of the gateway. */
  setWishes(wishes: readonly PortWish[], now: number): void {
    this.#wishes = wishes;
    this.#client.setWishes(wishes, now);
  }

  /** Takes what the gateway's address sent. */
  handlePmp(bytes: Uint8Array, now: number): void {
    this.#pmp.handleDatagram(bytes, now);
    this.#choose(now);
  }

  /** Takes what came to the socket of the search. */
  handleSsdp(bytes: Uint8Array, from: string, now: number): void {
    this.#upnp.handleSsdp(bytes, from, now);
  }

  /** Takes what came to SSDP_ADDRESS, port SSDP_PORT. */
  handleNotice(bytes: Uint8Array, from: string, now: number): void {
    this.#upnp.handleNotice(bytes, from, now);
  }

  handleHttp(request: number, result: GatewayHttpResult, now: number): void {
    this.#upnp.handleHttp(request, result, now);
    this.#choose(now);
  }

  poll(): PortMapperOutput | undefined {
    return this.#pmp.poll() ?? this.#upnp.poll();
  }

  nextTimeout(): number | undefined {
    const times = [this.#pmp.nextTimeout(), this.#upnp.nextTimeout(), this.#startOverAt];
    return times.reduce(
      (least, time) => (time !== undefined && (least === undefined || time < least) ? time : least),
      undefined,
    );
  }

  handleTimeout(now: number): void {
    if (this.#startOverAt !== undefined && this.#startOverAt <= now) this.#switchTo("pmp", now);
    this.#pmp.handleTimeout(now);
    this.#upnp.handleTimeout(now);
    this.#choose(now);
  }

  get #client(): PmpClient | UpnpClient {
    return this.#active === "pmp" ? this.#pmp : this.#upnp;
  }

  /** Changes over when nothing is mapped, and nothing will be. */
  #choose(now: number): void {
    if (this.#options.method !== "auto" || this.#wishes.length === 0 || this.#startOverAt !== undefined) return;
    const { mappings } = this.#client;
    if (mappings.some(({ externalPort, problem }) => externalPort !== undefined || problem === undefined)) return;
    const problem = mappings[0]?.problem;
    if (this.#active === "pmp") {
      this.#problem = problem;
      this.#switchTo("upnp", now);
      return;
    }
    const isNobody = this.#pmp.isSilent && this.#upnp.isSilent;
    this.#problem = isNobody ? "no gateway answers (PCP, NAT-PMP, UPnP)" : (problem ?? this.#problem);
    this.#startOverAt = now + START_OVER_MS;
  }

  #switchTo(active: "pmp" | "upnp", now: number): void {
    this.#client.setWishes([], now);
    this.#active = active;
    this.#startOverAt = undefined;
    this.#client.setWishes(this.#wishes, now);
  }
}
