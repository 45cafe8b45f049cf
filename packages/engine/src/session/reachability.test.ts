import { makeEndpoint } from "@torrential/core";
import { describe, expect, it } from "vitest";
import type { ExternalAddress } from "./external-address.ts";
import type { PortMapping } from "@torrential/protocol";
import { ReachabilityRecord } from "./reachability.ts";

const HOUR_MS = 3_600_000;
const MAPPED: PortMapping = {
  protocol: "tcp",
  internalPort: 6881,
  externalPort: 50_000,
  externalAddress: "45.67.89.10",
  method: "pcp",
  problem: undefined,
};

describe("reachability", () => {
  it("is unknown at first", () => {
    expect(new ReachabilityRecord().view([], 0)).toMatchObject({ status: "unknown", mappings: [] });
  });

  it("is proven for an hour by a peer from outside, and by no neighbour", () => {
    const record = new ReachabilityRecord();
    record.handleIncoming(makeEndpoint("192.168.1.7", 5), 0);
    expect(record.view([], 0).status).toBe("unknown");
    record.handleIncoming(makeEndpoint("45.9.8.7", 5), 0);
    expect(record.view([], HOUR_MS - 1)).toMatchObject({ status: "reachable", lastIncomingAt: 0 });
    expect(record.view([], HOUR_MS).status).toBe("unknown");
  });

  it.each([
    ["a mapping alone", { externalAddress: undefined }, undefined, "probably-reachable"],
    ["a mapping with a public address", {}, undefined, "probably-reachable"],
    ["a mapping at the address that others see", {}, "45.67.89.10", "probably-reachable"],
    ["a mapping at another address", {}, "45.67.89.11", "probably-unreachable"],
    ["a gateway behind a gateway", { externalAddress: "10.0.0.2" }, undefined, "probably-unreachable"],
    ["a gateway that refuses", { externalPort: undefined, problem: "it says no" }, undefined, "probably-unreachable"],
  ] as const)("is judged by %s", (_, change, seen, status) => {
    const record = new ReachabilityRecord();
    record.setMappings([
      { ...MAPPED, protocol: "udp", externalPort: undefined },
      { ...MAPPED, ...change },
    ]);
    expect(record.view(seen === undefined ? [] : [external(seen)], 0).status).toBe(status);
  });
});

function external(address: string): ExternalAddress {
  return { address, family: 4, votes: 2, sources: ["tracker"] };
}
