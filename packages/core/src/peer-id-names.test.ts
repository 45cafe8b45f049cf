import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latin1 } from "./bytes.ts";
import { describePeerId } from "./peer-id-names.ts";

describe("peer id names", () => {
  it.each([
    ["-TO0100-xxxxxxxxxxxx", "Torrential 0.1.0"],
    ["-TR3000-xxxxxxxxxxxx", "Transmission 3.0.0"],
    ["-TR4061-xxxxxxxxxxxx", "Transmission 4.0.6.1"],
    ["-LT2080-xxxxxxxxxxxx", "libtorrent 2.0.8"],
    ["-lt0D80-xxxxxxxxxxxx", "rTorrent/libTorrent 0.13.8"],
    ["-qB4520-xxxxxxxxxxxx", "qBittorrent 4.5.2"],
    ["-DE211s-xxxxxxxxxxxx", "Deluge 2.1.1"],
    ["-UT355W-xxxxxxxxxxxx", "µTorrent 3.5.5"],
    ["-WW0300-xxxxxxxxxxxx", "WebTorrent 3.0"],
    ["-ZZ1234-xxxxxxxxxxxx", "ZZ 1.2.3.4"],
    ["A2-1-36-0-xxxxxxxxxx", "aria2 1.36.0"],
    ["M7-10-5--xxxxxxxxxxx", "BitTorrent 7.10.5"],
    ["T03I-----xxxxxxxxxxx", "BitTornado 0.3.18"],
    ["\0\u0001%-abcdefghijklmnop", "%00%01%25-abcdefghijklmnop"],
  ])("reads %j as %s", (text, name) => {
    expect(describePeerId(latin1(text))).toBe(name);
  });

  it("gives printable ASCII for any bytes it does not know", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        expect(describePeerId(bytes)).toMatch(/^[ -~µ]*$/);
      }),
    );
  });
});
