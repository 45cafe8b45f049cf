import { concatBytes, fromHex, latin1, toHex } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { TrackerError } from "./types.ts";
import type { AnnounceRequest } from "./types.ts";
import { UdpTrackerMachine } from "./udp.ts";
import type { UdpTrackerOptions, UdpTrackerOutput } from "./udp.ts";
import { parseUdpTrackerUrl } from "./udp-packets.ts";

const REQUEST: AnnounceRequest = {
  infoHash: new Uint8Array(20).fill(0xaa),
  peerId: new Uint8Array(20).fill(0xbb),
  port: 6881,
  uploaded: 1,
  downloaded: 2,
  left: 2 ** 40,
  event: "started",
  numWant: -1,
  key: 0xcafebabe,
};
const CONNECTION = "0123456789abcdef";

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex.replaceAll(" ", ""));
}

/** A tracker under test, with transaction ids 1, 2, 3 … in the order drawn. */
function start(options: Partial<UdpTrackerOptions> = {}): UdpTrackerMachine {
  let drawn = 0;
  return new UdpTrackerMachine({ family: 4, ...options }, { random: () => ++drawn / 2 ** 32 });
}

function drain(machine: UdpTrackerMachine): UdpTrackerOutput[] {
  const outputs: UdpTrackerOutput[] = [];
  for (let output = machine.poll(); output !== undefined; output = machine.poll()) outputs.push(output);
  return outputs;
}

function sent(machine: UdpTrackerMachine): string[] {
  return drain(machine).map((output) => (output.type === "send" ? toHex(output.bytes) : output.type));
}

/** Announces at 0 as request 7 (transaction 1) and answers the connect (transaction 2) at 1 s. */
function announced(options: Partial<UdpTrackerOptions> = {}): UdpTrackerMachine {
  const machine = start(options);
  machine.handleAnnounce(7, REQUEST, 0);
  drain(machine);
  machine.handleDatagram(bytesOf(`00000000 00000002 ${CONNECTION}`), 1000);
  return machine;
}

/** Runs the machine by its own timeouts and tells when it sent what. */
function runTimeouts(machine: UdpTrackerMachine, until: number): string[] {
  const log: string[] = [];
  for (let due = machine.nextTimeout(); due !== undefined && due <= until; due = machine.nextTimeout()) {
    machine.handleTimeout(due);
    for (const output of drain(machine)) {
      const action = output.type === "send" ? output.bytes[11] : output.type;
      log.push(`${due / 1000}: ${action}`);
    }
  }
  return log;
}

const CONNECT = "0000041727101980" + "00000000" + "00000002";
const ANNOUNCE =
  `${CONNECTION}0000000100000001` +
  "aa".repeat(20) +
  "bb".repeat(20) +
  "0000000000000002" +
  "0000010000000000" +
  "0000000000000001" +
  "00000002" +
  "00000000" +
  "cafebabe" +
  "ffffffff" +
  "1ae1";

describe("UDP tracker", () => {
  it("connects, announces and reads the answer", () => {
    const machine = start();
    machine.handleAnnounce(7, REQUEST, 0);
    expect(sent(machine)).toEqual([CONNECT]);
    machine.handleDatagram(bytesOf(`00000000 00000002 ${CONNECTION} ffff`), 1000);
    expect(sent(machine)).toEqual([ANNOUNCE]);
    const peers = "01020304 1ae1 05060708 0000 090a0b0c 0050";
    machine.handleDatagram(bytesOf(`00000001 00000001 00000708 00000003 00000004 ${peers} ff`), 2000);
    expect(drain(machine)).toEqual([
      {
        type: "announced",
        request: 7,
        response: {
          intervalSeconds: 1800,
          minIntervalSeconds: undefined,
          trackerId: undefined,
          leechers: 3,
          seeders: 4,
          downloaded: undefined,
          externalIp: undefined,
          warning: undefined,
          peers: [
            { address: "1.2.3.4", port: 6881, family: 4 },
            { address: "9.10.11.12", port: 80, family: 4 },
          ],
        },
      },
    ]);
    expect(machine.nextTimeout()).toBeUndefined();
    expect(machine.pendingCount).toBe(0);
  });

  it("reads peers of 18 bytes from a tracker spoken to over IPv6", () => {
    const machine = announced({ family: 6 });
    drain(machine);
    const peer = `20010db8${"00".repeat(11)}01 1ae1`;
    machine.handleDatagram(bytesOf(`00000001 00000001 00000708 00000000 00000001 ${peer}`), 2000);
    const [output] = drain(machine);
    const peers = output?.type === "announced" ? output.response.peers : [];
    expect(peers).toEqual([{ address: "2001:db8::1", port: 6881, family: 6 }]);
  });

  it("sends path and query in runs of 255 bytes (BEP 41)", () => {
    const short = announced({ urlData: "/dir?a=b&c=d" });
    expect(sent(short)).toEqual([ANNOUNCE + "020c" + toHex(latin1("/dir?a=b&c=d"))]);
    const long = announced({ urlData: `/${"x".repeat(299)}` });
    expect(sent(long)).toEqual([`${ANNOUNCE}02ff2f${"78".repeat(254)}022d${"78".repeat(45)}`]);
  });

  it.each([
    ["none", 0],
    ["completed", 1],
    ["started", 2],
    ["stopped", 3],
    ["paused", 0],
  ] as const)("sends event %s as %i", (event, number) => {
    const machine = announced();
    drain(machine);
    machine.handleAnnounce(8, { ...REQUEST, event }, 1000);
    const [output] = drain(machine);
    expect(output?.type === "send" && output.bytes[83]).toBe(number);
  });

  it("scrapes torrents in the order asked", () => {
    const machine = start();
    const hashes = [new Uint8Array(20).fill(1), new Uint8Array(20).fill(2)];
    machine.handleScrape(9, hashes, 0);
    drain(machine);
    machine.handleDatagram(bytesOf(`00000000 00000002 ${CONNECTION}`), 0);
    expect(sent(machine)).toEqual([`${CONNECTION}0000000200000001${"01".repeat(20)}${"02".repeat(20)}`]);
    const numbers = "00000001 00000002 00000003 00000004 00000005 00000006";
    machine.handleDatagram(bytesOf(`00000002 00000001 ${numbers}`), 0);
    const [output] = drain(machine);
    expect(output?.type === "scraped" && [...output.entries]).toEqual([
      ["01".repeat(20), { seeders: 1, downloaded: 2, leechers: 3, downloaders: undefined }],
      ["02".repeat(20), { seeders: 4, downloaded: 5, leechers: 6, downloaders: undefined }],
    ]);
  });

  it("refuses to scrape none or more than 74", () => {
    const hash = new Uint8Array(20);
    expect(() => start().handleScrape(1, [], 0)).toThrow("0 torrents");
    expect(() =>
      start().handleScrape(
        1,
        Array.from({ length: 75 }, () => hash),
        0,
      ),
    ).toThrow("75 torrents");
  });
});

describe("UDP tracker's clock", () => {
  it("connects again after 15, 30, 60 … seconds", () => {
    const machine = start({ giveUpAfterMs: 10_000_000 });
    machine.handleAnnounce(7, REQUEST, 0);
    expect(sent(machine)).toHaveLength(1);
    const log = runTimeouts(machine, 9_000_000);
    expect(log).toEqual(["15: 0", "45: 0", "105: 0", "225: 0", "465: 0", "945: 0", "1905: 0", "3825: 0", "7665: 0"]);
  });

  it("announces again as in the example of BEP 15, with a new connection id when the old one is a minute old", () => {
    const machine = start({ giveUpAfterMs: 10_000_000 });
    machine.handleAnnounce(7, REQUEST, 0);
    drain(machine);
    machine.handleDatagram(bytesOf(`00000000 00000002 ${CONNECTION}`), 2000);
    expect(sent(machine)).toEqual([ANNOUNCE]);
    expect(runTimeouts(machine, 230_000)).toEqual(["17: 1", "47: 1", "107: 0", "227: 0"]);
    machine.handleDatagram(bytesOf("00000000 00000003 1111111111111111"), 228_000);
    expect(sent(machine)).toEqual([ANNOUNCE.replace(CONNECTION, "1111111111111111")]);
  });

  it("gives up after a minute", () => {
    const machine = start();
    machine.handleAnnounce(7, REQUEST, 0);
    drain(machine);
    expect(runTimeouts(machine, 100_000)).toEqual(["15: 0", "45: 0", "60: failed"]);
    expect(machine.nextTimeout()).toBeUndefined();
  });

  it("takes early, late and repeated timeouts", () => {
    const machine = start();
    machine.handleTimeout(0);
    machine.handleAnnounce(7, REQUEST, 0);
    drain(machine);
    machine.handleTimeout(14_999);
    expect(drain(machine)).toEqual([]);
    machine.handleTimeout(20_000);
    machine.handleTimeout(20_000);
    expect(sent(machine)).toEqual([CONNECT]);
    machine.handleTimeout(1_000_000);
    machine.handleTimeout(1_000_000);
    expect(sent(machine)).toEqual(["failed"]);
  });

  it("uses a connection id for a minute, and one connect for all that wait", () => {
    const machine = start();
    machine.handleAnnounce(1, REQUEST, 0);
    machine.handleAnnounce(2, REQUEST, 0);
    expect(sent(machine)).toEqual([CONNECT]);
    machine.handleDatagram(bytesOf(`00000000 00000002 ${CONNECTION}`), 1000);
    expect(sent(machine)).toHaveLength(2);
    machine.handleAnnounce(3, REQUEST, 60_999);
    expect(sent(machine)[0]?.slice(0, 16)).toBe(CONNECTION);
    machine.handleAnnounce(4, REQUEST, 61_000);
    expect(sent(machine)[0]?.slice(0, 16)).toBe("0000041727101980");
  });
});

describe("UDP tracker among liars", () => {
  const answer = "00000708 00000003 00000004";

  it.each([
    ["a wrong transaction", `00000001 00000099 ${answer}`],
    ["a wrong action", `00000002 00000001 ${answer}`],
    ["a connect nobody asked for", `00000000 00000001 ${answer}`],
    ["an announce cut short", "00000001 00000001 00000708"],
    ["a datagram cut short", "00000001 000000"],
    ["nothing", ""],
  ])("ignores %s", (_name, hex) => {
    const machine = announced();
    drain(machine);
    machine.handleDatagram(bytesOf(hex), 2000);
    expect(drain(machine)).toEqual([]);
    expect(machine.pendingCount).toBe(1);
    machine.handleDatagram(bytesOf(`00000001 00000001 ${answer}`), 2000);
    expect(drain(machine)).toHaveLength(1);
  });

  it("ignores answers to what was not sent yet, and to connects with another action or too short", () => {
    const machine = start();
    machine.handleAnnounce(7, REQUEST, 0);
    drain(machine);
    machine.handleDatagram(bytesOf(`00000001 00000001 ${answer}`), 0);
    machine.handleDatagram(bytesOf("00000000 00000002 01234567"), 0);
    machine.handleDatagram(bytesOf(`00000001 00000002 ${CONNECTION}`), 0);
    expect(drain(machine)).toEqual([]);
    expect(machine.pendingCount).toBe(1);
  });

  it("answers once, however often it is answered", () => {
    const machine = announced();
    drain(machine);
    for (let i = 0; i < 3; i++) machine.handleDatagram(bytesOf(`00000001 00000001 ${answer}`), 2000);
    expect(drain(machine)).toHaveLength(1);
  });

  it("hands on a refusal, and connects anew after it", () => {
    const machine = announced();
    drain(machine);
    machine.handleDatagram(concatBytes([bytesOf("00000003 00000001"), latin1("not registered\0")]), 2000);
    const [output] = drain(machine);
    expect(output).toMatchObject({ type: "failed", request: 7 });
    expect(output?.type === "failed" && output.error).toBeInstanceOf(TrackerError);
    expect(output?.type === "failed" && output.error).toMatchObject({
      code: "tracker-failure",
      message: "not registered",
    });
    machine.handleAnnounce(8, REQUEST, 3000);
    expect(sent(machine)[0]?.slice(0, 16)).toBe("0000041727101980");
  });

  it("fails all that wait when the connect is refused", () => {
    const machine = start();
    machine.handleAnnounce(1, REQUEST, 0);
    machine.handleAnnounce(2, REQUEST, 0);
    drain(machine);
    machine.handleDatagram(bytesOf("00000003 00000002"), 10);
    const outputs = drain(machine);
    expect(outputs.map((output) => output.type === "failed" && [output.request, output.error.message])).toEqual([
      [1, "no reason given"],
      [2, "no reason given"],
    ]);
    expect(machine.nextTimeout()).toBeUndefined();
  });
});

describe("UDP tracker's URL", () => {
  it.each([
    ["udp://t.example:80/announce", { host: "t.example", port: 80, urlData: "/announce" }],
    ["udp://t.example:80", { host: "t.example", port: 80, urlData: "" }],
    ["UDP://t.example:6969/#x", { host: "t.example", port: 6969, urlData: "" }],
    ["udp://[2001:db8::1]:1337/dir?a=b&c=d", { host: "2001:db8::1", port: 1337, urlData: "/dir?a=b&c=d" }],
    ["udp://t.example:80?auth=1", { host: "t.example", port: 80, urlData: "?auth=1" }],
  ])("is read: %s", (url, wanted) => {
    expect(parseUdpTrackerUrl(url)).toEqual(wanted);
  });

  it.each([
    "http://t.example:80",
    "udp://t.example",
    "udp://:80",
    "udp://a@t.example:80",
    "udp://t.example:0",
    "udp://t:80/a b",
  ])("is refused: %s", (url) => {
    expect(() => parseUdpTrackerUrl(url)).toThrow(TrackerError);
  });
});
