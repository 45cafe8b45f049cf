import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase32 } from "./bytes.ts";
import { infoHashBytes, infoHashFromBytes, infoHashV2FromBytes, parseInfoHash } from "./ids.ts";
import { formatMagnet, type Magnet, parseMagnet } from "./magnet.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";
const HASH_V2 = HASH + "89abcdef0123456789abcdef";
const BASE = `magnet:?xt=urn:btih:${HASH}`;

const urlPart = fc
  .array(fc.constantFrom("a", "1", "-", "_", "+", "&", "=", "#", "%", "?", "é"), { minLength: 1, maxLength: 8 })
  .map((c) => c.join(""));
const anyMagnet: fc.Arbitrary<Magnet> = fc.record({
  infoHashV1: fc.uint8Array({ minLength: 20, maxLength: 20 }).map(infoHashFromBytes),
  infoHashV2: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }).map(infoHashV2FromBytes), { nil: undefined }),
  name: fc.option(fc.constantFrom("a", "é + ü & %41=b", "100%", "日本 語"), { nil: undefined }),
  trackers: fc.uniqueArray(urlPart.map((part) => `http://t.example/${part}`)).map((urls) => urls.map((url) => [url])),
  webSeeds: fc.uniqueArray(urlPart.map((part) => `https://s.example/${part}`)),
  exactSources: fc.uniqueArray(urlPart),
  acceptableSources: fc.uniqueArray(urlPart),
  peers: fc.uniqueArray(fc.constantFrom("1.2.3.4:5", "[2001:db8::1]:6881", "name.example:80")),
  selectOnly: fc.constantFrom(
    undefined,
    [{ first: 0, last: 0 }],
    [
      { first: 2, last: 9 },
      { first: 11, last: 11 },
    ],
  ),
});

describe("magnet links", () => {
  it("round-trip", () => {
    fc.assert(
      fc.property(anyMagnet, (magnet) => {
        expect(parseMagnet(formatMagnet(magnet))).toEqual(magnet);
      }),
    );
  });

  it("read every field of a full link", () => {
    const link =
      `${BASE.toUpperCase().replace("MAGNET:?XT", "MAGNET:?xt")}&xt=urn:btmh:1220${HASH_V2}&dn=Some+N%C3%A4me%20x` +
      "&tr=udp%3A%2F%2Ft.example%3A6969&tr.1=http://u.example/a%2Bb&tr=gopher://x/&ws=https://s.example/f" +
      "&xs=http://x.example/t.torrent&as=http://y.example/&x.pe=[::FFFF:1.2.3.4]:5&x.pe=bad&so=0,2,4-6,9-7,x&unknown=1";
    expect(parseMagnet(link)).toEqual({
      infoHashV1: HASH,
      infoHashV2: HASH_V2,
      name: "Some Näme x",
      trackers: [["udp://t.example:6969"], ["http://u.example/a+b"]],
      webSeeds: ["https://s.example/f"],
      exactSources: ["http://x.example/t.torrent"],
      acceptableSources: ["http://y.example/"],
      peers: ["1.2.3.4:5"],
      selectOnly: [
        { first: 0, last: 0 },
        { first: 2, last: 2 },
        { first: 4, last: 6 },
      ],
    });
  });

  it("take base 32, numbered topics, and links copied from a page's source", () => {
    const base32 = toBase32(infoHashBytes(parseInfoHash(HASH)));
    expect(parseMagnet(`magnet:?xt=urn:btih:${base32.toLowerCase()}`).infoHashV1).toBe(HASH);
    const link = parseMagnet(`  magnet:?xt.1=urn:btih:${HASH}&amp;dn=a&amp;tr=http://t.example/\n`);
    expect([link.infoHashV1, link.name, link.trackers]).toEqual([HASH, "a", [["http://t.example/"]]]);
    expect(parseMagnet(`magnet:?xt=urn:ed2k:x&xt=urn:btmh:1220${HASH_V2}`).infoHashV1).toBeUndefined();
  });

  it("survive bad escapes and strip what would disturb a terminal", () => {
    expect(parseMagnet(`${BASE}&dn=%zz%4%ff%1b[0m%E2%80%AE`).name).toBe("%zz%4\ufffd[0m");
    expect(parseMagnet(`${BASE}&dn=%00`).name).toBeUndefined();
    expect(parseMagnet(`${BASE}&dn=${"x".repeat(5000)}`).name).toHaveLength(1024);
  });

  it("list each tracker once", () => {
    const link = parseMagnet(`${BASE}&tr=http://a.example/&tr=http://b.example/&tr=http://a.example/&tr=`);
    expect(link.trackers).toEqual([["http://a.example/"], ["http://b.example/"]]);
  });

  it.each([
    "",
    "magnet:",
    "magnet:?",
    "http://example/",
    "magnet:?dn=x",
    "magnet:?xt=urn:btih:",
    "magnet:?xt=urn:btih:0123",
    `magnet:?xt=urn:btih:${"g".repeat(40)}`,
    `magnet:?xt=urn:btih:${"1".repeat(32)}`,
    `magnet:?xt=urn:btmh:1114${HASH}`,
    `magnet:?xt=urn:btmh:1220${HASH}`,
    `${BASE}&xt=urn:btih:${"0".repeat(40)}`,
    `${BASE}&dn=${"x".repeat(1024 * 1024)}`,
  ])("refuse %.60s", (link) => {
    expect(() => parseMagnet(link)).toThrow(expect.objectContaining({ code: "magnet-invalid" }));
  });
});
