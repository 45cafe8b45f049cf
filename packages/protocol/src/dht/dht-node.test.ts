import { describe, expect, it } from "vitest";
import { encodeBencode, makeEndpoint, toHex, utf8 } from "@torrential/core";
import { decodeKrpc } from "./decode.ts";
import type { DhtRequest, DhtReport } from "./requests.ts";
import { encodeQuery } from "./encode.ts";
import type { DhtQuery } from "./messages.ts";
import { isIdOfAddress } from "./node-id.ts";
import { type Party, Table } from "./test-support.ts";

const HASH = utf8("mnopqrstuvwxyz123456");
const NO_WANT = { n4: false, n6: false };
const STRANGER_ID = utf8("abcdefghij0123456789");
const STRANGER = makeEndpoint("77.1.2.3", 6881);

/** Twelve nodes that know each other. */
function neighbourhood(options: Parameters<Table["join"]>[1] = {}): {
  readonly table: Table;
  readonly parties: Party[];
} {
  const table = new Table();
  const parties = Array.from({ length: 12 }, (_, i) => table.join(`${20 + i}.1.1.1`, options));
  const [first, ...rest] = parties;
  if (first === undefined) throw new Error("nobody");
  for (const party of rest) table.introduce(party, [first]);
  table.pass(30_000);
  return { table, parties };
}

let lastRequest = 0;

function ask(table: Table, party: Party | undefined, request: DhtRequest): { report: DhtReport; peers: string[] } {
  if (party === undefined) throw new Error("nobody");
  const number = ++lastRequest;
  party.node.handleRequest(number, request, table.now);
  table.settle();
  table.pass(30_000);
  const own = party.findings.filter((finding) => "request" in finding && finding.request === number);
  const done = own.find((finding) => finding.type === "done");
  if (done?.type !== "done") throw new Error("not done");
  const peers = own.flatMap((finding) => (finding.type === "peers" ? finding.peers : []));
  return { report: done.report, peers: peers.map(({ address, port }) => `${address}:${port}`) };
}

/** What a node says to a stranger, and how many bytes of it. */
function say(table: Table, party: Party | undefined, query: DhtQuery, from = STRANGER) {
  const bytes = encodeQuery({ transaction: utf8("aa"), id: STRANGER_ID, readOnly: true }, query);
  const before = table.sent.length;
  party?.node.handleDatagram(0, from, bytes, table.now);
  table.settle();
  const sent = table.sent.slice(before).filter(({ to }) => to.address === from.address);
  return { asked: bytes.length, bytes: sent.reduce((sum, each) => sum + each.bytes.length, 0), sent };
}

describe("DHT node", () => {
  it("joins, announces, and is found by others", () => {
    const { table, parties } = neighbourhood();
    const announced = ask(table, parties[3], {
      type: "get-peers",
      infoHash: HASH,
      announce: { port: 7000, isSeed: true },
    });
    expect(announced.report.writtenCount).toBe(8);
    const found = ask(table, parties[9], { type: "get-peers", infoHash: HASH, scrape: true });
    expect(found.peers).toEqual(["23.1.1.1:7000"]);
    expect(found.report.swarm).toEqual({ seeds: 1, peers: 0 });
    expect(ask(table, parties[9], { type: "get-peers", infoHash: HASH, noSeed: true }).peers).toEqual([]);
    expect(ask(table, parties[5], { type: "sample", target: HASH }).report.samples.map(toHex)).toContain(toHex(HASH));
  });

  it("puts and gets items, and counts mutable ones up", () => {
    const { table, parties } = neighbourhood();
    const value = encodeBencode("x".repeat(900));
    const put = ask(table, parties[1], { type: "put", put: { type: "item", item: { type: "immutable", value } } });
    expect(put.report.writtenCount).toBe(8);
    const seed = new Uint8Array(32).fill(1);
    const salt = utf8("salt");
    const sign = (text: string, cas?: number): DhtRequest => ({
      type: "put",
      put: { type: "sign", seed, salt, value: utf8(text), cas },
    });
    expect(ask(table, parties[2], sign("1:a")).report.item).toMatchObject({ seq: 1 });
    expect(ask(table, parties[3], sign("1:b")).report.item).toMatchObject({ seq: 2 });
    const refused = ask(table, parties[4], sign("1:c", 1)).report;
    expect(refused.writeErrors.every(({ code }) => code === 301) && refused.writeErrors.length > 0).toBe(true);
  });

  it("starts again from what it knew", () => {
    const { table, parties } = neighbourhood();
    const state = parties[5]?.node.exportState(table.now);
    const id = parties[5]?.node.status(table.now).sockets[0]?.id;
    const again = table.join("90.1.1.1", { state });
    expect(again.node.status(table.now).sockets[0]?.id).toEqual(id);
    table.pass(30_000);
    expect(again.node.status(table.now).sockets[0]?.nodes.good).toBeGreaterThan(4);
    expect(table.join("91.1.1.1", { state: utf8("nonsense") }).node.status(table.now).sockets).toHaveLength(1);
  });

  it("takes an id that fits its address, when enough nodes agree on that (BEP 42)", () => {
    const { table, parties } = neighbourhood();
    table.pass(1_200_000);
    for (const { node, endpoint } of parties) {
      const [socket] = node.status(table.now).sockets;
      expect(socket?.externalAddress).toBe(endpoint.address);
      expect(isIdOfAddress(socket?.id ?? HASH, endpoint.address)).toBe(true);
    }
  });

  it("asks but does not answer when it is read-only (BEP 43)", () => {
    const { table, parties } = neighbourhood();
    const quiet = table.join("95.1.1.1", { readOnly: true });
    table.introduce(quiet, parties.slice(0, 1));
    expect(quiet.node.status(table.now).sockets[0]?.nodes.good).toBeGreaterThan(0);
    expect(say(table, quiet, { method: "ping" }).sent).toEqual([]);
    const others = parties.flatMap(({ node }) => node.exportState(table.now)).map((state) => Buffer.from(state));
    expect(others.some((state) => state.includes(Buffer.from([95, 1, 1, 1])))).toBe(false);
  });

  it("keeps the families apart, and shares what it stores", () => {
    const { table, parties } = neighbourhood();
    expect(parties[0]?.node.status(table.now).sockets.map(({ family }) => family)).toEqual([4]);
    const both = say(table, parties[0], { method: "find_node", target: HASH, want: { n4: true, n6: true } });
    const answer = decodeKrpc(both.sent[0]?.bytes ?? HASH);
    expect(answer.type === "answer" && answer.answer.nodes.length).toBeGreaterThan(0);
  });
});

describe("DHT node, towards strangers", () => {
  const queries: readonly DhtQuery[] = [
    { method: "ping" },
    { method: "find_node", target: HASH, want: NO_WANT },
    { method: "find_node", target: HASH, want: { n4: true, n6: true } },
    { method: "get_peers", infoHash: HASH, want: NO_WANT, noSeed: false, scrape: true },
    { method: "get", target: HASH, want: NO_WANT },
    { method: "sample_infohashes", target: HASH, want: NO_WANT },
    { method: "announce_peer", infoHash: HASH, port: 1, impliedPort: false, token: utf8("wrong"), seed: false },
    { method: "unknown", name: "x", target: undefined, want: NO_WANT },
  ];

  it.each(queries)("sends at most three times what it got: $method", (query) => {
    const { table, parties } = neighbourhood();
    for (let i = 0; i < 40; i++)
      ask(table, parties[i % 12], { type: "get-peers", infoHash: HASH, announce: { port: 7000 + i, isSeed: false } });
    for (const party of parties) {
      const bytes = encodeQuery({ transaction: utf8("aa"), id: STRANGER_ID, readOnly: false }, query);
      const before = table.sent.length;
      party.node.handleDatagram(0, STRANGER, bytes, table.now);
      table.settle();
      const toStranger = table.sent.slice(before).filter(({ to }) => to.address === STRANGER.address);
      const sum = toStranger.reduce((total, each) => total + each.bytes.length, 0);
      expect(sum).toBeLessThanOrEqual(3 * bytes.length);
      expect(toStranger.length).toBeGreaterThan(0);
    }
  });

  it("keeps nothing without the token of that address and target", () => {
    const { table, parties } = neighbourhood();
    const [party] = parties;
    const token = (infoHash: Uint8Array, from = STRANGER): Uint8Array => {
      const { sent } = say(
        table,
        party,
        { method: "get_peers", infoHash, want: NO_WANT, noSeed: false, scrape: false },
        from,
      );
      const answer = decodeKrpc(sent[0]?.bytes ?? HASH);
      if (answer.type !== "answer" || answer.answer.token === undefined) throw new Error("no token");
      return answer.answer.token;
    };
    const announce = (with_: Uint8Array) =>
      decodeKrpc(
        say(table, party, {
          method: "announce_peer",
          infoHash: HASH,
          port: 1,
          impliedPort: false,
          token: with_,
          seed: false,
        }).sent[0]?.bytes ?? HASH,
      ).type;
    expect(announce(utf8("12345678"))).toBe("error");
    expect(announce(token(HASH, makeEndpoint("77.1.2.4", 6881)))).toBe("error");
    expect(announce(token(STRANGER_ID))).toBe("error");
    expect(party?.node.status(table.now).peersStored).toBe(0);
    const good = token(HASH);
    table.pass(299_000);
    expect(announce(good)).toBe("answer");
    expect(party?.node.status(table.now).peersStored).toBe(1);
    table.pass(700_000);
    expect(announce(good)).toBe("error");
  });

  it("believes no answer that it did not ask for, or from another place", () => {
    const table = new Table();
    const party = table.join("20.1.1.1");
    party.node.handleEndpoints([makeEndpoint("30.1.1.1", 6881)], table.now);
    table.settle();
    const question = table.sent.find(({ to }) => to.address === "30.1.1.1");
    const sent = decodeKrpc(question?.bytes ?? HASH);
    const answerWith = (transaction: Uint8Array) => encodeBencode({ t: transaction, y: "r", r: { id: STRANGER_ID } });
    party.node.handleDatagram(0, STRANGER, answerWith(sent.transaction), table.now);
    party.node.handleDatagram(0, makeEndpoint("30.1.1.1", 6882), answerWith(sent.transaction), table.now);
    party.node.handleDatagram(0, makeEndpoint("30.1.1.1", 6881), answerWith(utf8("aaaa")), table.now);
    expect(party.node.status(table.now).sockets[0]?.nodes.good).toBe(0);
    expect(sent.transaction).toHaveLength(4);
    party.node.handleDatagram(0, makeEndpoint("30.1.1.1", 6881), answerWith(sent.transaction), table.now);
    expect(party.node.status(table.now).sockets[0]?.nodes.good).toBe(1);
  });

  it("does not listen for five minutes to who sent more than fifty messages in ten seconds", () => {
    const { table, parties } = neighbourhood();
    let answers = 0;
    for (let i = 0; i < 200; i++) answers += say(table, parties[0], { method: "ping" }).sent.length;
    expect(answers).toBe(50);
    table.pass(290_000);
    expect(say(table, parties[0], { method: "ping" }).sent).toEqual([]);
    table.pass(20_000);
    expect(say(table, parties[0], { method: "ping" }).sent).toHaveLength(1);
  });

  it("sends no more than 8 kB a second, however many ask", () => {
    const { table, parties } = neighbourhood();
    table.pass(10_000);
    const before = table.sent.length;
    for (let i = 0; i < 3_000; i++) {
      const from = makeEndpoint(`${100 + (i % 100)}.${i >> 8}.${i & 255}.1`, 6881);
      say(table, parties[0], { method: "find_node", target: HASH, want: NO_WANT }, from);
    }
    const own = table.sent.slice(before).filter(({ from }) => from.address === "20.1.1.1");
    expect(own.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(24_000);
  });

  it("hears rubbish without harm", () => {
    const { table, parties } = neighbourhood();
    for (const text of ["d", "d1:t2:aa1:y1:re", `d1:a${"l".repeat(900)}`, "", "i1e"]) {
      parties[0]?.node.handleDatagram(0, STRANGER, utf8(text), table.now);
    }
    table.settle();
    expect(ask(table, parties[0], { type: "find-node", target: HASH }).report.answeredCount).toBeGreaterThan(7);
  });

  it("takes no local addresses from the world, neither as nodes nor as peers", () => {
    const table = new Table();
    const party = table.join("20.1.1.1");
    party.node.handleEndpoints([makeEndpoint("192.168.1.1", 6881), makeEndpoint("30.1.1.1", 53)], table.now);
    party.node.handleDatagram(
      0,
      makeEndpoint("127.0.0.1", 6881),
      utf8("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"),
      table.now,
    );
    table.settle();
    expect(table.sent).toEqual([]);
  });
});
