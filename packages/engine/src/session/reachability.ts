/** Whether peers can reach us from outside, and how we know: who came in, what is mapped, what our address is. */
import { classifyIp, type Endpoint } from "@torrential/core";
import type { PortMapping } from "@torrential/protocol";
import type { Millis } from "../ports/machine.ts";
import type { ExternalAddress } from "./external-address.ts";

export interface Reachability {
  readonly status: "reachable" | "probably-reachable" | "probably-unreachable" | "unknown";
  /** How we know, as a sentence. */
  readonly because: string;
  /** Both families, as far as known. */
  readonly externalAddresses: readonly ExternalAddress[];
  readonly mappings: readonly PortMapping[];
  /** When a peer last came in from a public address. */
  readonly lastIncomingAt: Millis | undefined;
}

/** A peer that came in proves it for so long. */
const PROOF_MS = 3_600_000;

export class ReachabilityRecord {
  #lastIncoming: { readonly address: string; readonly at: Millis } | undefined;
  #mappings: readonly PortMapping[] = [];

  /** A peer came in and shook hands. Peers of our own network prove nothing. */
  handleIncoming({ address }: Endpoint, now: Millis): void {
    if (classifyIp(address) === "public") this.#lastIncoming = { address, at: now };
  }

  setMappings(mappings: readonly PortMapping[]): void {
    this.#mappings = mappings;
  }

  view(externalAddresses: readonly ExternalAddress[], now: Millis): Reachability {
    const verdict = this.#judge(externalAddresses, now);
    const lastIncomingAt = this.#lastIncoming?.at;
    return { ...verdict, externalAddresses, mappings: this.#mappings, lastIncomingAt };
  }

  #judge(external: readonly ExternalAddress[], now: Millis): Pick<Reachability, "status" | "because"> {
    const incoming = this.#lastIncoming;
    if (incoming !== undefined && now - incoming.at < PROOF_MS) {
      return { status: "reachable", because: `a peer connected from ${incoming.address}` };
    }
    const mapped = this.#mappings.find(
      ({ protocol, externalPort }) => protocol === "tcp" && externalPort !== undefined,
    );
    if (mapped === undefined) {
      const problem = this.#mappings.find((each) => each.problem !== undefined)?.problem;
      if (problem === undefined) return { status: "unknown", because: "no peer has connected to us yet" };
      return { status: "probably-unreachable", because: `no port is mapped at the gateway: ${problem}` };
    }
    return judgeMapping(mapped, external);
  }
}

function judgeMapping(
  { externalAddress, externalPort, method }: PortMapping,
  external: readonly ExternalAddress[],
): Pick<Reachability, "status" | "because"> {
  const how = `port ${externalPort} is mapped at the gateway (${method})`;
  if (externalAddress === undefined) return { status: "probably-reachable", because: how };
  if (classifyIp(externalAddress) !== "public") {
    const because = `${how}, but its address ${externalAddress} is a private one: there is another gateway behind it`;
    return { status: "probably-unreachable", because };
  }
  const seen = external.find(({ family }) => family === (externalAddress.includes(":") ? 6 : 4));
  if (seen !== undefined && seen.address !== externalAddress) {
    const because = `${how} as ${externalAddress}, but others see us as ${seen.address}`;
    return { status: "probably-unreachable", because };
  }
  return { status: "probably-reachable", because: `${how} as ${externalAddress}` };
}
