import { describe, expect, it } from "vitest";
import { sourceOf, TrustedProxies, viewClient } from "./client-address.ts";

const NO_HEADERS = { forwardedFor: undefined, forwardedHost: undefined, forwardedProto: undefined };
const options = { proxies: new TrustedProxies(["10.0.0.0/8", "fd00::/64", "unix"]), isTls: false };

function addressOf(socket: string | undefined, forwardedFor?: string): string {
  return viewClient(socket, { ...NO_HEADERS, forwardedFor }, options).address;
}

describe("the client's address", () => {
  it.each([
    ["198.51.100.7", undefined, "198.51.100.7"],
    // Whoever is no proxy of ours says nothing about others.
    ["198.51.100.7", "203.0.113.9", "198.51.100.7"],
    ["10.1.2.3", "203.0.113.9", "203.0.113.9"],
    ["::ffff:10.1.2.3", "203.0.113.9", "203.0.113.9"],
    ["10.1.2.3", "1.1.1.1, 203.0.113.9", "203.0.113.9"],
    ["10.1.2.3", "1.1.1.1, 203.0.113.9, 10.9.9.9", "203.0.113.9"],
    ["10.1.2.3", "203.0.113.9:4711", "203.0.113.9"],
    ["fd00::5", "[2001:db8::1]:443", "2001:db8::1"],
    ["fd00::5", "2001:db8::1", "2001:db8::1"],
    ["10.1.2.3", "unknown", "10.1.2.3"],
    ["10.1.2.3", "evil, 10.0.0.1", "10.0.0.1"],
    [undefined, "203.0.113.9", "203.0.113.9"],
    [undefined, undefined, "unix"],
  ])("of %s with X-Forwarded-For %s is %s", (socket, forwardedFor, address) => {
    expect(addressOf(socket, forwardedFor)).toBe(address);
  });

  it("takes host and scheme from trusted proxies only", () => {
    const headers = { forwardedFor: undefined, forwardedHost: "Seed.example", forwardedProto: "https" };
    expect(viewClient("10.0.0.1", headers, options)).toEqual({
      address: "10.0.0.1",
      host: "seed.example",
      isHttps: true,
    });
    expect(viewClient("11.0.0.1", headers, options)).toEqual({ address: "11.0.0.1", host: undefined, isHttps: false });
  });

  it("counts IPv6 by /64", () => {
    expect(sourceOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
    expect(sourceOf("198.51.100.7")).toBe("198.51.100.7");
  });

  it.each(["10.0.0.0/33", "10.0.0", "fd00::/129", "10.0.0.0/x", ""])("refuses the range %s", (range) => {
    expect(() => new TrustedProxies([range])).toThrow(RangeError);
  });
});
