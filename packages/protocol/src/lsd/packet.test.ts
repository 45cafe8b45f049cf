import { fromLatin1, latin1, parseInfoHash } from "@torrential/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLsdAnnounce, encodeLsdAnnounce, LSD_INFO_HASHES_MAX } from "./packet.ts";

const HASH = parseInfoHash("0123456789abcdef0123456789abcdef01234567");

describe("announces of local service discovery (BEP 14)", () => {
  it("are written as the BEP has them", () => {
    const packet = encodeLsdAnnounce({ port: 6881, infoHashes: [HASH], cookie: "c00k1e" }, 4);
    expect(fromLatin1(packet)).toBe(
      `BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: ${HASH}\r\ncookie: c00k1e\r\n\r\n\r\n`,
    );
    expect(fromLatin1(encodeLsdAnnounce({ port: 1, infoHashes: [HASH], cookie: undefined }, 6))).toContain(
      "Host: [ff15::efc0:988f]:6771\r\n",
    );
  });

  it("read back, several torrents too, in at most 1400 bytes", () => {
    const infoHashes = Array.from({ length: LSD_INFO_HASHES_MAX }, (_, index) =>
      parseInfoHash(index.toString(16).padStart(40, "0")),
    );
    const packet = encodeLsdAnnounce({ port: 65_535, infoHashes, cookie: "x".repeat(32) }, 6);
    expect(packet.length).toBeLessThanOrEqual(1_400);
    expect(decodeLsdAnnounce(packet)).toEqual({ port: 65_535, infoHashes, cookie: "x".repeat(32) });
  });

  it("are read as Transmission and libtorrent write them", () => {
    const upper = `BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 51413\r\nInfohash: ${HASH.toUpperCase()}\r\n\r\n\r\n`;
    expect(decodeLsdAnnounce(latin1(upper))).toEqual({ port: 51_413, infoHashes: [HASH], cookie: undefined });
    const other = `BT-SEARCH * HTTP/1.1\r\nHOST:x\r\nX-Other: 1\r\nport: 5\r\ninfohash:${HASH}\r\nCookie: 7\r\n\r\n`;
    expect(decodeLsdAnnounce(latin1(other))).toEqual({ port: 5, infoHashes: [HASH], cookie: "7" });
  });

  it.each([
    ["another method", `M-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: ${HASH}\r\n\r\n`],
    ["no port", `BT-SEARCH * HTTP/1.1\r\nInfohash: ${HASH}\r\n\r\n`],
    ["port 0", `BT-SEARCH * HTTP/1.1\r\nPort: 0\r\nInfohash: ${HASH}\r\n\r\n`],
    ["a port that is none", `BT-SEARCH * HTTP/1.1\r\nPort: 70000\r\nInfohash: ${HASH}\r\n\r\n`],
    ["no torrent", "BT-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: 12\r\n\r\n"],
    ["too much", `BT-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: ${HASH}\r\nX: ${"y".repeat(1_500)}\r\n\r\n`],
  ])("with %s are none", (_, text) => {
    expect(decodeLsdAnnounce(latin1(text))).toBeUndefined();
  });

  it("never throw, whatever came", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1_600 }), (bytes) => void decodeLsdAnnounce(bytes)));
    fc.assert(
      fc.property(
        fc.string(),
        (text) => void decodeLsdAnnounce(latin1(`BT-SEARCH * HTTP/1.1\r\n${text.replaceAll(/[^\0-\xff]/gu, "")}`)),
      ),
    );
  });
});
