import { encodeBencode, latin1, makeEndpoint } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { PeerError } from "../peer-error.ts";
import { decodePexMessage, encodePexMessage, type PexFlags } from "./pex.ts";

const NONE: PexFlags = { encryption: false, seed: false, utp: false, holepunch: false, outgoing: false };
const four = makeEndpoint("203.0.113.5", 6881);
const six = makeEndpoint("2001:db8::5", 6882);

describe("peer exchange messages (BEP 11)", () => {
  it("carry both families with their flags", () => {
    const message = {
      added: [
        { endpoint: four, flags: { ...NONE, seed: true, outgoing: true } },
        { endpoint: six, flags: { ...NONE, encryption: true, utp: true, holepunch: true } },
      ],
      dropped: [makeEndpoint("203.0.113.6", 1), makeEndpoint("2001:db8::6", 2)],
    };
    expect(decodePexMessage(encodePexMessage(message))).toEqual(message);
  });

  it("have flags as the BEP numbers them", () => {
    const payload = encodeBencode({ added: Uint8Array.of(203, 0, 113, 5, 0x1a, 0xe1), "added.f": Uint8Array.of(0x12) });
    expect(decodePexMessage(payload).added).toEqual([
      { endpoint: four, flags: { ...NONE, seed: true, outgoing: true } },
    ]);
  });

  it("keep flags with their peers when one without a port is left out", () => {
    const added = Uint8Array.of(1, 2, 3, 4, 0, 0, 203, 0, 113, 5, 0x1a, 0xe1);
    const payload = encodeBencode({ added, "added.f": Uint8Array.of(0x01, 0x02) });
    expect(decodePexMessage(payload).added).toEqual([{ endpoint: four, flags: { ...NONE, seed: true } }]);
  });

  it("may leave out anything", () => {
    expect(decodePexMessage(latin1("de"))).toEqual({ added: [], dropped: [] });
  });

  it.each([
    ["no dictionary", latin1("le")],
    ["a list of an odd length", encodeBencode({ added: new Uint8Array(7) })],
    ["a dropped list of an odd length", encodeBencode({ dropped6: new Uint8Array(17) })],
    ["more than 500 kB", encodeBencode({ added: new Uint8Array(600_000) })],
  ])("with %s are a breach", (_, payload) => {
    expect(() => decodePexMessage(payload)).toThrow(PeerError);
  });
});
