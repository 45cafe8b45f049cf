import { describe, expect, it } from "vitest";
import { PmpClient } from "./pmp-client.ts";
import { TestGateway, type TestGatewayOptions } from "./test-gateway.ts";
import type { PortWish } from "./types.ts";

const TCP: PortWish = { protocol: "tcp", port: 6881 };
const UDP: PortWish = { protocol: "udp", port: 6881 };
const HOUR_MS = 3_600_000;

describe("PCP and NAT-PMP", () => {
  it.each(["pcp", "nat-pmp"] as const)("maps with a gateway that speaks %s", (speaks) => {
    const home = start({ speaks, externalPort: 50_000 });
    home.client.setWishes([TCP, UDP], 0);
    home.run(0);
    const wanted = { internalPort: 6881, externalPort: 50_000, externalAddress: "45.67.89.10", method: speaks };
    expect(home.client.mappings).toEqual([
      { protocol: "tcp", ...wanted, problem: undefined },
      { protocol: "udp", ...wanted, problem: undefined },
    ]);
    expect(home.client.nextTimeout()).toBe(HOUR_MS);
  });

  it("renews at half of what was given, asking for the port that it has", () => {
    const home = start({ speaks: "pcp", externalPort: 50_000, lifetimeSeconds: 600 });
    home.client.setWishes([TCP], 0);
    home.run(0);
    home.gateway.seen.length = 0;
    expect(home.client.nextTimeout()).toBe(300_000);
    home.run(300_000);
    expect(home.gateway.seen.map((packet) => packet.slice(84, 88))).toEqual(["c350"]);
    expect(home.client.nextTimeout()).toBe(600_000);
  });

  it("keeps a mapping through silence until it has expired, then says so", () => {
    const home = start({ speaks: "pcp" });
    home.client.setWishes([TCP], 0);
    home.run(0);
    home.fallSilent();
    home.runUntil(2 * HOUR_MS - 1);
    expect(home.client.mappings[0]?.externalPort).toBe(6881);
    home.runUntil(2 * HOUR_MS);
    expect(home.client.mappings[0]).toMatchObject({ externalPort: undefined, problem: /does not answer/ });
  });

  it("gives up on a silent gateway in seconds, and asks again in ten minutes", () => {
    const home = start({ speaks: "nothing" });
    home.client.setWishes([TCP], 0);
    home.runUntil(6_000);
    expect(home.client.isSilent).toBe(true);
    expect(home.client.mappings[0]?.problem).toMatch(/does not answer/);
    expect(home.gateway.seen).toHaveLength(7);
    expect(home.client.nextTimeout()).toBeGreaterThan(600_000);
  });

  it.each([
    ["pcp", 2, "permit"],
    ["pcp", 8, "no port left"],
    ["pcp", 99, "result 99"],
    ["nat-pmp", 3, "no outside address"],
  ] as const)("says why a %s gateway refuses with %i", (speaks, result, words) => {
    const home = start({ speaks, result });
    home.client.setWishes([TCP], 0);
    home.run(0);
    expect(home.client.mappings[0]).toMatchObject({ externalPort: undefined, problem: expect.stringContaining(words) });
  });

  it.each(["pcp", "nat-pmp"] as const)("maps anew when a %s gateway's clock starts over", (speaks) => {
    const home = start({ speaks });
    home.client.setWishes([TCP], 0);
    home.run(0);
    home.gateway.seen.length = 0;
    home.gateway.startedAt = 1_000_000;
    const restarted = Uint8Array.of(0, 0x80, 0, 0, 0, 0, 0, 1, 45, 67, 89, 10);
    home.client.handleDatagram(restarted, 1_000_000);
    home.run(1_000_000);
    expect(home.gateway.seen.length).toBeGreaterThan(0);
    expect(home.client.mappings[0]?.externalPort).toBe(6881);
  });

  it("does not map anew while the clock goes on as ours does", () => {
    const home = start({ speaks: "pcp" });
    home.client.setWishes([TCP], 0);
    home.run(0);
    home.gateway.seen.length = 0;
    home.client.handleDatagram(announcement(100 + 995), 1_000_000);
    home.run(1_000_000);
    expect(home.gateway.seen).toEqual([]);
  });

  it.each(["pcp", "nat-pmp"] as const)("deletes what a %s gateway mapped, and is done", (speaks) => {
    const home = start({ speaks });
    home.client.setWishes([TCP, UDP], 0);
    home.run(0);
    home.gateway.seen.length = 0;
    home.client.setWishes([], 10);
    home.run(10);
    expect(home.client.isIdle).toBe(true);
    expect(home.gateway.seen).toHaveLength(2);
    for (const packet of home.gateway.seen)
      expect(speaks === "pcp" ? packet.slice(8, 16) : packet.slice(12)).toMatch(/^0+$/);
  });

  it("does not wait long for a gateway that does not confirm the deletion", () => {
    const home = start({ speaks: "pcp" });
    home.client.setWishes([TCP], 0);
    home.run(0);
    home.fallSilent();
    home.client.setWishes([], 10);
    home.runUntil(1_000);
    expect(home.client.isIdle).toBe(true);
  });

  it("ignores answers with another nonce, to other ports, and unasked ones", () => {
    const home = start({ speaks: "nothing" });
    home.client.setWishes([TCP], 0);
    const asked = home.sent()[0] ?? new Uint8Array(60);
    const honest = new TestGateway({ speaks: "pcp" }).answer(asked, 0) ?? new Uint8Array();
    for (const at of [24, 36, 41]) {
      const forged = honest.slice();
      forged[at] = (forged[at] ?? 0) ^ 0xff;
      home.client.handleDatagram(forged, 1);
    }
    expect(home.client.mappings[0]?.externalPort).toBeUndefined();
    home.client.handleDatagram(honest, 1);
    home.client.handleDatagram(honest, 2);
    expect(home.client.mappings[0]?.externalPort).toBe(6881);
  });

  it("speaks only PCP over IPv6", () => {
    const home = start({ speaks: "nat-pmp" }, "fd77::2");
    home.client.setWishes([TCP], 0);
    home.run(0);
    expect(home.gateway.seen.every((packet) => packet.startsWith("02"))).toBe(true);
    expect(home.client.isSilent).toBe(true);
  });
});

function announcement(epoch: number): Uint8Array {
  const bytes = new Uint8Array(24);
  bytes.set([2, 0x80]);
  new DataView(bytes.buffer).setUint32(8, epoch);
  return bytes;
}

function start(options: TestGatewayOptions, localAddress = "192.168.77.2") {
  let seed = 0;
  const client = new PmpClient({ localAddress }, { random: () => (seed = (seed + 0.37) % 1) });
  const gateway = new TestGateway(options);
  let isSilent = false;
  const sent = (): Uint8Array[] => {
    const all: Uint8Array[] = [];
    for (let output = client.poll(); output !== undefined; output = client.poll())
      if (output.type === "send") all.push(output.bytes);
    return all;
  };
  const exchange = (now: number): void => {
    for (let waiting = sent(); waiting.length > 0; waiting = sent()) {
      for (const bytes of waiting) {
        const answer = isSilent ? undefined : gateway.answer(bytes, now);
        if (answer !== undefined) client.handleDatagram(answer, now);
      }
    }
  };
  const run = (now: number): void => {
    client.handleTimeout(now);
    exchange(now);
  };
  const runUntil = (end: number): void => {
    exchange(0);
    for (let next = client.nextTimeout(); next !== undefined && next <= end; next = client.nextTimeout()) run(next);
    run(end);
  };
  const fallSilent = (): void => {
    isSilent = true;
  };
  return { client, gateway, sent, run, runUntil, fallSilent };
}
