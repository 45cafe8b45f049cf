import { concatBytes, latin1, toHex } from "@torrential/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildAnnounceUrl, buildScrapeUrl, parseAnnounceResponse, parseScrapeResponse } from "./http.ts";
import { TrackerError } from "./types.ts";
import type { AnnounceRequest } from "./types.ts";

const REQUEST: AnnounceRequest = {
  infoHash: Uint8Array.from({ length: 20 }, (_, i) => i * 13),
  peerId: latin1("-TO0100-abc~def.g_h!"),
  port: 6881,
  uploaded: 1,
  downloaded: 2 ** 40,
  left: 3,
  event: "started",
  numWant: 50,
  key: 0xbeef,
};

function failure(task: () => unknown): TrackerError {
  try {
    task();
  } catch (error) {
    if (error instanceof TrackerError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("announce URL", () => {
  it("carries every parameter, bytes escaped one by one", () => {
    expect(buildAnnounceUrl("http://t.example/announce", REQUEST)).toBe(
      "http://t.example/announce" +
        "?info_hash=%00%0D%1A%274AN%5Bhu%82%8F%9C%A9%B6%C3%D0%DD%EA%F7" +
        "&peer_id=-TO0100-abc~def.g_h%21" +
        "&port=6881&uploaded=1&downloaded=1099511627776&left=3&numwant=50&key=0000beef&compact=1&no_peer_id=1" +
        "&event=started",
    );
  });

  it("keeps a passkey in the query as it is, and drops a fragment", () => {
    const withQuery = buildAnnounceUrl("https://t.example/a.php?passkey=A%2fb+c#frag", REQUEST);
    expect(withQuery.startsWith("https://t.example/a.php?passkey=A%2fb+c&info_hash=%00")).toBe(true);
    expect(buildAnnounceUrl("http://t.example/a?", REQUEST)).toContain("/a?info_hash=");
    expect(buildAnnounceUrl("http://t.example/a?x=1&", REQUEST)).toContain("/a?x=1&info_hash=");
  });

  it("leaves out what there is none of, and escapes the rest", () => {
    const url = buildAnnounceUrl("http://t.example/a", { ...REQUEST, event: "none" });
    expect(url).not.toMatch(/event|trackerid|ipv|supportcrypto/);
    const full = buildAnnounceUrl("http://t.example/a", {
      ...REQUEST,
      event: "paused",
      trackerId: "a&b\xff",
      ipv4: "1.2.3.4",
      ipv6: "2001:db8::1",
    });
    expect(full).toContain("&event=paused&trackerid=a%26b%FF&ipv4=1.2.3.4&ipv6=2001%3Adb8%3A%3A1");
  });

  it.each(["http://t.example/a b", "http://t.example/a\r\nX: y", "http://t.example/\x7f"])("refuses %j", (base) => {
    expect(failure(() => buildAnnounceUrl(base, REQUEST)).code).toBe("tracker-invalid");
  });
});

describe("scrape URL", () => {
  const hashes = [latin1("x".repeat(20)), latin1("y".repeat(20))];

  it.each([
    ["http://t.example/announce", "http://t.example/scrape?"],
    ["http://t.example/x/announce", "http://t.example/x/scrape?"],
    ["http://t.example/announce.php", "http://t.example/scrape.php?"],
    ["http://t.example/announce?x2%0644", "http://t.example/scrape?x2%0644&"],
    ["http://t.example/announce?a=/b", "http://t.example/scrape?a=/b&"],
  ])("of %s", (base, start) => {
    expect(buildScrapeUrl(base, hashes)).toBe(`${start}info_hash=${"x".repeat(20)}&info_hash=${"y".repeat(20)}`);
  });

  it.each(["http://t.example/a", "http://t.example/x/announce/y", "http://announce", "http://t.example/?announce"])(
    "is not to be had of %s",
    (base) => {
      expect(buildScrapeUrl(base, hashes)).toBeUndefined();
    },
  );
});

describe("announce response", () => {
  it("reads compact peers of both families and all that goes with them", () => {
    const body = latin1(
      "d8:completei5e10:downloadedi9e11:external ip4:\x08\x08\x04\x0410:incompletei7e8:intervali1800e12:min intervali900e" +
        "5:peers12:\x01\x02\x03\x04\x1a\xe1\x05\x06\x07\x08\x00\x50" +
        "6:peers618:\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x1a\xe110:tracker id3:a\xffb15:warning message4:slowe",
    );
    expect(parseAnnounceResponse(body)).toEqual({
      intervalSeconds: 1800,
      minIntervalSeconds: 900,
      trackerId: "a\xffb",
      seeders: 5,
      leechers: 7,
      downloaded: 9,
      externalIp: "8.8.4.4",
      warning: "slow",
      peers: [
        { address: "1.2.3.4", port: 6881, family: 4 },
        { address: "5.6.7.8", port: 80, family: 4 },
        { address: "2001:db8::1", port: 6881, family: 6 },
      ],
    });
  });

  it("reads peers in the long form, and skips names and nonsense", () => {
    const body = latin1(
      "d8:intervali60e5:peersl" +
        "d2:ip7:1.2.3.47:peer id20:aaaaaaaaaaaaaaaaaaaa4:porti6881ee" +
        "d2:ip11:2001:db8::24:porti1ee" +
        "d2:ip12:peer.example4:porti6881ee" +
        "d2:ip7:1.2.3.54:porti0ee" +
        "d2:ip7:1.2.3.64:porti65536ee" +
        "d4:porti6881eei7eee",
    );
    expect(parseAnnounceResponse(body).peers).toEqual([
      { address: "1.2.3.4", port: 6881, family: 4 },
      { address: "2001:db8::2", port: 1, family: 6 },
    ]);
  });

  it("makes do with what little a tracker says", () => {
    expect(parseAnnounceResponse(latin1("de"))).toMatchObject({ intervalSeconds: 0, peers: [], seeders: undefined });
    const odd = "d5:peers7:\x01\x02\x03\x04\x1a\xe1!8:intervali-5e8:completei1e3:fooe";
    expect(() => parseAnnounceResponse(latin1(odd))).toThrow(TrackerError);
    const unsorted = "d5:peers7:\x01\x02\x03\x04\x1a\xe1!8:intervali-5e8:complete1:xe";
    expect(parseAnnounceResponse(latin1(unsorted))).toMatchObject({
      intervalSeconds: 0,
      seeders: undefined,
      peers: [{ address: "1.2.3.4", port: 6881, family: 4 }],
    });
  });

  it.each([
    ["", undefined],
    ["8:retry in1:5", 300],
    ["8:retry ini5e", 300],
    ["8:retry in5:never", Infinity],
    ["8:retry in2:-5", undefined],
    ["8:retry ini0e", undefined],
  ])("gives the tracker's refusal with %j", (field, retryInSeconds) => {
    const error = failure(() => parseAnnounceResponse(latin1(`d14:failure reason10:overloaded${field}e`)));
    expect(error).toMatchObject({ code: "tracker-failure", message: "overloaded", retryInSeconds });
  });

  it.each([
    ["no bencode", "<html>404</html>"],
    ["a list", "le"],
    ["nothing", ""],
    ["too deep", `d1:a${"l".repeat(20)}${"e".repeat(20)}e`],
    ["too long", `d1:a${2 ** 20}:${"x".repeat(2 ** 20)}e`],
  ])("is invalid when it is %s, and is not quoted", (_name, text) => {
    const error = failure(() => parseAnnounceResponse(latin1(text)));
    expect(error.code).toBe("tracker-invalid");
    expect(error.message).not.toContain("html");
  });

  it("throws nothing but TrackerError on garbage", () => {
    const start = latin1("d8:intervali60e5:peers");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          parseAnnounceResponse(concatBytes([start, bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(TrackerError);
        }
      }),
    );
  });
});

describe("scrape response", () => {
  it("reads the example of BEP 48", () => {
    const body = latin1(
      `d5:filesd20:${"x".repeat(20)}d8:completei11e10:downloadedi13772e10:incompletei19ee` +
        `20:${"y".repeat(20)}d8:completei21e10:downloadedi206e11:downloadersi4e10:incompletei20eeee`,
    );
    expect([...parseScrapeResponse(body)]).toEqual([
      [toHex(latin1("x".repeat(20))), { seeders: 11, leechers: 19, downloaded: 13772, downloaders: undefined }],
      [toHex(latin1("y".repeat(20))), { seeders: 21, leechers: 20, downloaded: 206, downloaders: 4 }],
    ]);
  });

  it("skips what is no torrent, and needs a dictionary of files", () => {
    expect(parseScrapeResponse(latin1("d5:filesd3:abcd8:completei1ee20:aaaaaaaaaaaaaaaaaaaai3eee")).size).toBe(0);
    expect(failure(() => parseScrapeResponse(latin1("de"))).code).toBe("tracker-invalid");
    expect(failure(() => parseScrapeResponse(latin1("d14:failure reason2:noe"))).code).toBe("tracker-failure");
  });
});
