import { describe, expect, it } from "vitest";
import { isOnLink, listInterfaces } from "./interfaces.ts";

const LAN = { address: "203.0.113.130", family: 4, prefixLength: 25, scope: "203.0.113.130" } as const;
const SITE = { address: "2001:db8:1::1", family: 6, prefixLength: 61, scope: "::%eth0" } as const;

describe("addresses of this machine", () => {
  it.each([
    ["203.0.113.255", true],
    ["203.0.113.127", false],
    ["2001:db8:1:7::5", true],
    ["2001:db8:1:8::5", false],
    ["nonsense", false],
  ])("%s is on our link: %s", (address, wanted) => {
    expect(isOnLink(address, [LAN, SITE])).toBe(wanted);
  });

  it("are never none where there is loopback, and only the one that we are bound to", () => {
    expect(listInterfaces().length).toBeGreaterThan(0);
    expect(listInterfaces("127.0.0.1")).toMatchObject([{ address: "127.0.0.1", scope: "127.0.0.1" }]);
    expect(listInterfaces("127.0.0.9")).toMatchObject([{ address: "127.0.0.9", scope: "127.0.0.9" }]);
    expect(listInterfaces("240.0.0.1")).toEqual([]);
  });
});
