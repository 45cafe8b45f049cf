import { describe, expect, it } from "vitest";
import { fromHex, latin1 } from "./bytes.ts";
import { crc32c } from "./crc32c.ts";

describe("CRC-32C", () => {
  // The check value of the catalogue of CRCs, RFC 3720 B.4, and BEP 40's two examples.
  it.each([
    [latin1("123456789"), 0xe3069283],
    [new Uint8Array(32), 0x8a9136aa],
    [fromHex("624c14007bd50000"), 0xec2d7224],
    [fromHex("7bd5200a7bd520ea"), 0x99568189],
  ])("of %s is %d", (bytes, wanted) => {
    expect(crc32c(bytes)).toBe(wanted);
  });
});
