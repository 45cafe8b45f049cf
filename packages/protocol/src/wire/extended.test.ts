import { concatBytes, latin1, toHex } from "@torrential/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PeerError } from "../peer-error.ts";
import { decodeExtendedHandshake, encodeExtendedHandshake } from "./extended.ts";
import type { ExtendedHandshake } from "./extended.ts";

const NOTHING: ExtendedHandshake = {
  extensions: new Map(),
  port: undefined,
  client: undefined,
  yourIp: undefined,
  ipv4: undefined,
  ipv6: undefined,
  requestQueue: undefined,
  metadataLengthBytes: undefined,
  uploadOnly: undefined,
  completeAgoSeconds: undefined,
};

describe("extension handshake", () => {
  it("reads the example of BEP 10", () => {
    const payload = latin1("d1:md11:LT_metadatai1e6:\xb5T_PEXi2ee1:pi6881e1:v13:\xc2\xb5Torrent 1.2e");
    expect(decodeExtendedHandshake(payload)).toEqual({
      ...NOTHING,
      extensions: new Map([
        ["LT_metadata", 1],
        ["\xb5T_PEX", 2],
      ]),
      port: 6881,
      client: "µTorrent 1.2",
    });
  });

  it("reads what libtorrent sends", () => {
    const payload = latin1(
      "d12:complete_agoi-1e1:md11:lt_donthavei7e6:ut_pexi1ee13:metadata_sizei31235e4:reqqi500e" +
        "11:upload_onlyi1e1:v17:libtorrent 2.0.8 6:yourip4:\x01\x02\x03\x04e",
    );
    expect(decodeExtendedHandshake(payload)).toMatchObject({
      completeAgoSeconds: -1,
      metadataLengthBytes: 31235,
      requestQueue: 500,
      uploadOnly: true,
      yourIp: "1.2.3.4",
    });
  });

  it("writes keys in order and leaves out what is undefined", () => {
    const extensions = new Map([
      ["ut_pex", 2],
      ["ut_metadata", 1],
    ]);
    expect(encodeExtendedHandshake({ extensions, requestQueue: 500, uploadOnly: false, ipv4: "1.2.3.4" })).toEqual(
      latin1("d4:ipv44:\x01\x02\x03\x041:md11:ut_metadatai1e6:ut_pexi2ee4:reqqi500e11:upload_onlyi0ee"),
    );
    expect(toHex(encodeExtendedHandshake({}))).toBe(toHex(latin1("d1:mdee")));
  });

  it("takes a field of the wrong type or size as absent", () => {
    const payload = latin1("d4:ipv43:abc1:mi7e13:metadata_sizei-5e1:pi65536e4:reqq1:x1:vi9e6:yourip5:abcdee");
    expect(decodeExtendedHandshake(payload)).toEqual(NOTHING);
    expect(decodeExtendedHandshake(latin1("d1:md1:ai256e1:b1:x1:ci0eee")).extensions).toEqual(new Map([["c", 0]]));
  });

  it("tolerates keys out of order and repeated", () => {
    expect(decodeExtendedHandshake(latin1("d1:pi5e1:mde1:pi6ee"))).toMatchObject({ port: 5 });
  });

  it.each([
    ["empty", ""],
    ["no dictionary", "le"],
    ["cut short", "d1:md"],
    ["followed by more", "dee"],
    ["nested too deep", `d1:m${"l".repeat(11)}${"e".repeat(11)}e`],
    ["of too many values", `d1:ml${"i1e".repeat(10_001)}ee`],
  ])("is refused when %s", (_name, text) => {
    expect(() => decodeExtendedHandshake(latin1(text))).toThrow(PeerError);
  });

  it("keeps a bounded number of extensions and a bounded name of the client", () => {
    const names = Array.from({ length: 500 }, (_, i) => `4:x${String(i).padStart(3, "0")}i1e`).join("");
    const decoded = decodeExtendedHandshake(latin1(`d1:md${names}e1:v1000:${"v".repeat(1000)}e`));
    expect(decoded.extensions.size).toBe(128);
    expect(decoded.client).toHaveLength(128);
  });

  it("gives back what was written", () => {
    const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
    const anyHandshake = fc.record<ExtendedHandshake>({
      extensions: fc
        .dictionary(fc.string({ maxLength: 20, unit: "grapheme-ascii" }), fc.nat({ max: 255 }))
        .map((each) => new Map(Object.entries(each))),
      port: optional(fc.integer({ min: 1, max: 65_535 })),
      client: optional(fc.string({ maxLength: 30, unit: "grapheme-ascii" })),
      yourIp: optional(fc.ipV4()),
      ipv4: optional(fc.ipV4()),
      ipv6: optional(fc.constantFrom("2001:db8::1", "::1", "fe80::2")),
      requestQueue: optional(fc.integer({ min: 1, max: 5000 })),
      metadataLengthBytes: optional(fc.integer({ min: 1, max: 2 ** 31 - 1 })),
      uploadOnly: optional(fc.boolean()),
      completeAgoSeconds: optional(fc.integer({ min: -1, max: 1_000_000 })),
    });
    fc.assert(
      fc.property(anyHandshake, (handshake) => {
        expect(decodeExtendedHandshake(encodeExtendedHandshake(handshake))).toEqual(handshake);
      }),
    );
  });

  it("throws nothing but PeerError on garbage", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeExtendedHandshake(concatBytes([latin1("d"), bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(PeerError);
        }
      }),
    );
  });
});
