import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, encodeBencode, fromHex, latin1, makeEndpoint, TorrentialError, utf8 } from "@torrential/core";
import { decodeKrpc } from "./decode.ts";
import { encodeAnswer, encodeError, encodeQuery } from "./encode.ts";
import type { DhtQuery } from "./messages.ts";

const ID = utf8("abcdefghij0123456789");
const TARGET = utf8("mnopqrstuvwxyz123456");
const NO_WANT = { n4: false, n6: false };

function decodeText(text: string) {
  return decodeKrpc(latin1(text));
}

describe("KRPC, decoded", () => {
  it("reads the questions of BEP 5", () => {
    expect(decodeText("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe")).toEqual({
      type: "query",
      transaction: utf8("aa"),
      id: ID,
      query: { method: "ping" },
      readOnly: false,
    });
    const find = "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe";
    expect(decodeText(find)).toMatchObject({ query: { method: "find_node", target: TARGET, want: NO_WANT } });
    const announce =
      "d1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz1234564:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe";
    expect(decodeText(announce)).toMatchObject({
      query: { method: "announce_peer", port: 6881, impliedPort: true, token: utf8("aoeusnth"), seed: false },
    });
  });

  it("reads the answers of BEP 5", () => {
    const values = "d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re";
    const message = decodeText(values);
    expect(message).toMatchObject({ type: "answer", answer: { id: ID, token: utf8("aoeusnth"), nodes: [] } });
    expect(message.type === "answer" && message.answer.values).toEqual([
      makeEndpoint("97.120.106.101", 0x2e75),
      makeEndpoint("105.100.104.116", 0x6e6d),
    ]);
    expect(decodeText("d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee")).toEqual({
      type: "error",
      transaction: utf8("aa"),
      code: 201,
      message: "A Generic Error Ocurred",
    });
  });

  it.each<DhtQuery>([
    { method: "ping" },
    { method: "find_node", target: TARGET, want: { n4: true, n6: true } },
    { method: "get_peers", infoHash: TARGET, want: NO_WANT, noSeed: true, scrape: true },
    { method: "announce_peer", infoHash: TARGET, port: 1, impliedPort: false, token: utf8("t"), seed: true },
    { method: "get", target: TARGET, want: { n4: false, n6: true }, seq: 7 },
    {
      method: "put",
      token: utf8("t"),
      value: utf8("d1:ai1ee"),
      publicKey: new Uint8Array(32),
      signature: new Uint8Array(64),
      salt: utf8("salt"),
      seq: 2,
      cas: 1,
    },
    { method: "sample_infohashes", target: TARGET, want: NO_WANT },
  ])("reads what it wrote: $method", (query) => {
    const bytes = encodeQuery({ transaction: utf8("abcd"), id: ID, readOnly: true }, query);
    expect(decodeKrpc(bytes)).toEqual({ type: "query", transaction: utf8("abcd"), id: ID, query, readOnly: true });
  });

  it("tells the asker where it is seen (BEP 42)", () => {
    const to = makeEndpoint("1.2.3.4", 5);
    expect(decodeKrpc(encodeAnswer({ transaction: ID, to }, { id: ID }))).toMatchObject({ type: "answer", ip: to });
    expect(decodeKrpc(encodeError({ transaction: ID, to }, 203, "no"))).toMatchObject({ code: 203, message: "no" });
  });

  it("reads both families in one list of values (BEP 32)", () => {
    const values = [fromHex("010203041ae1"), fromHex(`${"26".padEnd(32, "0")}1ae1`), utf8("odd")];
    const bytes = encodeBencode({ t: "aa", y: "r", r: { id: ID, values } });
    const message = decodeKrpc(bytes);
    expect(message.type === "answer" && message.answer.values.map(({ family }) => family)).toEqual([4, 6]);
  });

  it("takes no more of a list than anybody needs", () => {
    const values = Array.from({ length: 300 }, () => fromHex("010203041ae1"));
    const nodes = concatBytes(
      Array.from({ length: 60 }, (_, i) => concatBytes([ID, fromHex("01020304"), Uint8Array.of(8, i)])),
    );
    const message = decodeKrpc(encodeBencode({ t: "aa", y: "r", r: { id: ID, values, nodes } }));
    if (message.type !== "answer") throw new Error("no answer");
    expect([message.answer.values.length, message.answer.nodes.length]).toEqual([100, 20]);
  });

  it.each([
    [
      "a nesting bomb",
      `d1:ad2:id20:abcdefghij01234567891:x${"l".repeat(2000)}${"e".repeat(2000)}e1:q4:ping1:t2:aa1:y1:qe`,
    ],
    ["too many values", `d1:al${"i1e".repeat(1300)}e1:q4:ping1:t2:aa1:y1:qe`.replace(/i1e/g, "0:0:")],
    ["no dictionary", "li1ee"],
    ["no transaction", "d1:q4:ping1:y1:qe"],
    ["a transaction of a kilobyte", `d1:q4:ping1:t1000:${"a".repeat(1000)}1:y1:qe`],
    ["an answer without an id", "d1:rde1:t2:aa1:y1:re"],
    ["five kilobytes", `d1:q4:ping1:t2:aa1:v5000:${"a".repeat(5000)}1:y1:qe`],
  ])("refuses %s", (_, text) => {
    expect(() => decodeText(text)).toThrow(TorrentialError);
  });

  it.each([
    ["no id", "d1:ade1:q4:ping1:t2:aa1:y1:qe", 203],
    ["a short target", "d1:ad2:id20:abcdefghij01234567896:target3:abce1:q9:find_node1:t2:aa1:y1:qe", 203],
    ["half a mutable item", "d1:ad2:id20:abcdefghij01234567893:seqi1e5:token1:a1:vi1ee1:q3:put1:t2:aa1:y1:qe", 203],
    [
      "a value of 1001 bytes",
      `d1:ad2:id20:abcdefghij01234567895:token1:a1:v996:${"v".repeat(996)}${""}e1:q3:put1:t2:aa1:y1:qe`
        .replaceAll("996", "997")
        .replace("v".repeat(996), "v".repeat(997)),
      205,
    ],
  ])("has an error for a question with %s", (_, text, code) => {
    expect(decodeText(text)).toMatchObject({ type: "bad-query", code });
  });

  it("throws nothing but its own errors, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeKrpc(concatBytes([utf8("d1:t2:aa1:y1:r1:r"), bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(TorrentialError);
        }
      }),
    );
  });
});
