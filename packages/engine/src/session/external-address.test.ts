import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExternalAddresses, type VoteSource } from "./external-address.ts";

const OURS = "45.67.89.10";
const OTHER = "45.67.89.11";
const HOUR_MS = 3_600_000;

describe("external address", () => {
  it("is unknown until two networks agree", () => {
    const addresses = new ExternalAddresses();
    expect(vote(addresses, OURS, "1.2.3.4")).toBe(false);
    expect(vote(addresses, OURS, "1.2.3.99")).toBe(false);
    expect(addresses.get(4, 0)).toBeUndefined();
    expect(vote(addresses, OURS, "1.2.4.1", "dht")).toBe(true);
    expect(addresses.get(4, 0)).toEqual({ address: OURS, family: 4, votes: 2, sources: ["dht", "tracker"] });
  });

  it("is believed of the gateway alone", () => {
    const addresses = new ExternalAddresses();
    expect(vote(addresses, OURS, "192.168.1.1", "gateway")).toBe(true);
    expect(addresses.all(0)).toMatchObject([{ address: OURS, sources: ["gateway"] }]);
  });

  it.each(["10.0.0.1", "127.0.0.1", "fe80::1", "169.254.169.254", "0.0.0.0", "nonsense", "::ffff:192.168.0.1"])(
    "is never %s",
    (address) => {
      const addresses = new ExternalAddresses();
      for (let i = 0; i < 5; i++) vote(addresses, address, `5.5.${i}.5`);
      expect(addresses.all(0)).toEqual([]);
    },
  );

  it("keeps the families apart", () => {
    const addresses = new ExternalAddresses();
    for (const voter of ["1.2.3.4", "2001:db8:1::1"]) {
      vote(addresses, OURS, voter);
      vote(addresses, "2a01:4f8::1", voter);
    }
    expect(addresses.all(0).map(({ address }) => address)).toEqual([OURS, "2a01:4f8::1"]);
  });

  it("stays in a tie and moves with the majority", () => {
    const addresses = new ExternalAddresses();
    for (const i of [1, 2]) vote(addresses, OURS, `1.1.${i}.1`);
    for (const i of [3, 4]) expect(vote(addresses, OTHER, `1.1.${i}.1`)).toBe(false);
    expect(vote(addresses, OTHER, "1.1.5.1")).toBe(true);
    expect(addresses.get(4, 0)?.address).toBe(OTHER);
  });

  it("takes the last word of each voter, and none that is two hours old", () => {
    const addresses = new ExternalAddresses();
    for (const i of [1, 2]) vote(addresses, OTHER, `1.1.${i}.1`);
    for (const i of [1, 2]) vote(addresses, OURS, `1.1.${i}.1`);
    expect(addresses.get(4, 0)?.address).toBe(OURS);
    expect(addresses.get(4, 2 * HOUR_MS)).toBeUndefined();
  });

  it("is never what a minority of networks says, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 49 }), { maxLength: 100 }), fc.nat(20), (order, liars) => {
        const addresses = new ExternalAddresses();
        for (let i = 0; i < 22; i++) vote(addresses, OURS, `1.2.${i}.1`);
        for (const i of order) vote(addresses, OTHER, `6.6.${i % (liars + 1)}.${i}`);
        expect(addresses.get(4, 0)?.address).toBe(OURS);
      }),
    );
  });
});

function vote(addresses: ExternalAddresses, address: string, voter: string, source: VoteSource = "tracker"): boolean {
  return addresses.vote({ address, source, voter }, 0);
}
