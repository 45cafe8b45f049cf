import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex } from "./bytes.ts";
import {
  decodeCompactPeers,
  encodeCompactPeers,
  endpointKey,
  formatEndpoint,
  makeEndpoint,
  parseEndpoint,
  parseHostPort,
} from "./endpoint.ts";

const anyEndpoint = fc
  .tuple(
    fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
    fc.integer({ min: 1, max: 65_535 }),
  )
  .map(([address, port]) => makeEndpoint(address, port));

describe("endpoint", () => {
  it("round-trips text and compact forms", () => {
    fc.assert(
      fc.property(fc.array(anyEndpoint, { maxLength: 10 }), (endpoints) => {
        for (const endpoint of endpoints) expect(parseEndpoint(formatEndpoint(endpoint))).toEqual(endpoint);
        for (const family of [4, 6] as const) {
          const chosen = endpoints.filter((endpoint) => endpoint.family === family);
          expect(decodeCompactPeers(encodeCompactPeers(endpoints, family), family)).toEqual(chosen);
        }
      }),
    );
  });

  it("is the same for all spellings of one place", () => {
    expect(endpointKey(parseEndpoint("[::FFFF:1.2.3.4]:80"))).toBe(endpointKey(parseEndpoint("1.2.3.4:80")));
    expect(parseEndpoint("[0:0::1]:6881")).toEqual({ address: "::1", port: 6881, family: 6 });
  });

  it.each([
    "",
    "1.2.3.4",
    "1.2.3.4:",
    "1.2.3.4:0",
    "1.2.3.4:65536",
    "1.2.3.4:-1",
    "::1:80",
    "[1.2.3.4]:80",
    "[::1]",
    "[::1]:x",
    "a:80",
  ])("refuses %j", (text) => {
    expect(() => parseEndpoint(text)).toThrow(expect.objectContaining({ code: "endpoint-invalid" }));
  });

  it("takes names where names are allowed", () => {
    expect(parseHostPort("tracker.example:6969")).toEqual({ host: "tracker.example", port: 6969 });
    expect(parseHostPort("[2001:db8::1]:1")).toEqual({ host: "2001:db8::1", port: 1 });
    for (const text of ["a b:1", "a/b:1", "a@b:1", "-a:1", "a..b:1", `${"a".repeat(254)}:1`, "[name]:1", "a:1:2"]) {
      expect(() => parseHostPort(text), `${text}`).toThrow(expect.objectContaining({ code: "endpoint-invalid" }));
    }
  });

  it("reads compact peers, without those that listen nowhere", () => {
    expect(decodeCompactPeers(fromHex("01020304" + "1ae1" + "05060708" + "0000"), 4).map(formatEndpoint)).toEqual([
      "1.2.3.4:6881",
    ]);
    expect(() => decodeCompactPeers(new Uint8Array(7), 4)).toThrow(
      expect.objectContaining({ code: "endpoint-invalid" }),
    );
    expect(() => decodeCompactPeers(new Uint8Array(17), 6)).toThrow("multiple of 18");
  });
});
