import { type InfoHash, makeEndpoint, parseInfoHash } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { LsdMachine, type LsdOutput } from "./machine.ts";
import { decodeLsdAnnounce, encodeLsdAnnounce } from "./packet.ts";

const hashOf = (index: number): InfoHash => parseInfoHash(index.toString(16).padStart(40, "0"));
const NEIGHBOUR = { address: "192.168.1.7", isOnLink: true };

function start(families: readonly (4 | 6)[] = [4]) {
  const lsd = new LsdMachine({ cookie: "ours", families });
  lsd.setPort(6_881);
  const drain = (): LsdOutput[] => {
    const outputs: LsdOutput[] = [];
    for (let output = lsd.poll(); output !== undefined; output = lsd.poll()) outputs.push(output);
    return outputs;
  };
  const packets = (): number[] =>
    drain().flatMap((output) =>
      output.type === "lsd-announce" ? [decodeLsdAnnounce(output.packet)?.infoHashes.length ?? 0] : [],
    );
  return { lsd, drain, packets };
}

function packetOf(infoHash: InfoHash, cookie = "theirs"): Uint8Array {
  return encodeLsdAnnounce({ port: 7_000, infoHashes: [infoHash], cookie }, 4);
}

describe("local discovery", () => {
  it("announces a torrent soon, to both groups, and again after five minutes", () => {
    const { lsd, drain, packets } = start([4, 6]);
    lsd.add(hashOf(1), 0);
    expect(lsd.nextTimeout()).toBe(1_000);
    lsd.handleTimeout(1_000);
    expect(drain().map((output) => output.type === "lsd-announce" && output.family)).toEqual([4, 6]);
    expect(lsd.nextTimeout()).toBe(301_000);
    lsd.handleTimeout(300_999);
    expect(packets()).toEqual([]);
    lsd.handleTimeout(301_000);
    expect(packets()).toEqual([1, 1]);
  });

  it("puts many torrents into few packets, and few into packets of their own", () => {
    const { lsd, packets } = start();
    for (let index = 0; index < 50; index++) lsd.add(hashOf(index), index);
    lsd.handleTimeout(2_000);
    expect(packets()).toEqual([23, 23, 4]);
    for (let index = 100; index < 104; index++) lsd.add(hashOf(index), 10_000);
    lsd.handleTimeout(11_000);
    expect(packets()).toEqual([1, 1, 1, 1]);
  });

  it("says nothing twice in a minute, though a torrent goes and comes", () => {
    const { lsd, packets } = start();
    for (let now = 0; now < 120_000; now += 500) {
      lsd.add(hashOf(1), now);
      lsd.handleTimeout(now + 250);
      lsd.handleTimeout(now + 1_250);
      if (now % 5_000 === 0) lsd.remove(hashOf(1), now + 1_300);
    }
    expect(packets().length).toBeLessThanOrEqual(3);
  });

  it("says nothing while nobody could reach us", () => {
    const lsd = new LsdMachine({ cookie: "ours", families: [4] });
    lsd.add(hashOf(1), 0);
    expect(lsd.nextTimeout()).toBeUndefined();
    lsd.handleTimeout(10_000);
    expect(lsd.poll()).toBeUndefined();
  });

  it("finds neighbours with our torrents, and not ourselves", () => {
    const { lsd, drain } = start();
    lsd.add(hashOf(1), 0);
    lsd.handlePacket(packetOf(hashOf(1)), NEIGHBOUR, 0);
    lsd.handlePacket(packetOf(hashOf(2)), NEIGHBOUR, 0);
    lsd.handlePacket(packetOf(hashOf(1), "ours"), NEIGHBOUR, 0);
    expect(drain()).toEqual([{ type: "lsd-found", infoHash: hashOf(1), endpoint: makeEndpoint("192.168.1.7", 7_000) }]);
  });

  it.each([
    ["10.1.2.3", false, 1],
    ["169.254.3.4", false, 1],
    ["127.0.0.1", false, 1],
    ["fd00::5", false, 1],
    ["8.8.8.8", true, 1],
    ["8.8.8.8", false, 0],
    ["169.254.169.254", true, 0],
    ["224.0.0.1", true, 0],
    ["fe80::1", true, 0],
  ])("hears %s (on our link: %s) %i times", (address, isOnLink, count) => {
    const { lsd, drain } = start();
    lsd.add(hashOf(1), 0);
    lsd.handlePacket(packetOf(hashOf(1)), { address, isOnLink }, 0);
    expect(drain().length).toBe(count);
  });

  it("hears a flooding neighbour once a second, and the others as before", () => {
    const { lsd, drain } = start();
    lsd.add(hashOf(1), 0);
    for (let i = 0; i < 1_000; i++) lsd.handlePacket(packetOf(hashOf(1)), NEIGHBOUR, i);
    expect(drain().length).toBeLessThanOrEqual(11);
    lsd.handlePacket(packetOf(hashOf(1)), { address: "192.168.1.8", isOnLink: true }, 1_000);
    expect(drain().length).toBe(1);
  });
});
