import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { fromUtf8 } from "@torrential/core";
import { allowsLocal, defaultBootstrap, resolveBootstrap } from "./bootstrap.ts";
import { createDht, type Dht, type DhtOptions, dhtPublicKey, dhtTargetOfKey } from "./dht.ts";
import { DnsResolver } from "../http/dns.ts";

const INFO_HASH = "ab".repeat(20);
const open: Dht[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((dht) => dht.close()));
});

async function start(options: DhtOptions): Promise<Dht> {
  const dht = await createDht(options);
  open.push(dht);
  return dht;
}

/** Nodes at one address that start from the first of them. */
async function network(address: string, count: number): Promise<Dht[]> {
  const first = await start({ addresses: [address] });
  const bootstrap = [{ host: address, port: first.port }];
  const rest = await Promise.all(Array.from({ length: count - 1 }, () => start({ addresses: [address], bootstrap })));
  return [first, ...rest];
}

function at(nodes: readonly Dht[], index: number): Dht {
  const node = nodes[index];
  if (node === undefined) throw new Error(`no node ${index}`);
  return node;
}

describe("DHT on real sockets", () => {
  it.each(["127.0.0.1", "::1"])("announces and finds, puts and gets, at %s", async (address) => {
    const nodes = await network(address, 8);
    expect((await at(nodes, 2).announce(INFO_HASH, { port: 7_000 })).report.writtenCount).toBeGreaterThan(4);
    expect((await at(nodes, 5).getPeers(INFO_HASH)).peers).toMatchObject([{ address, port: 7_000 }]);
    const { target } = await at(nodes, 1).put("hello");
    const { item } = await at(nodes, 6).get(target);
    expect(item?.value instanceof Uint8Array && fromUtf8(item.value)).toBe("hello");
    const key = { seed: new Uint8Array(32).fill(3) };
    expect((await at(nodes, 1).put("one", { key })).target).toBe(
      dhtTargetOfKey(dhtPublicKey(key.seed), new Uint8Array()),
    );
    expect((await at(nodes, 4).put("two", { key })).seq).toBe(2);
    expect((await at(nodes, 7).sample(INFO_HASH)).infoHashes).toEqual([INFO_HASH]);
    expect(at(nodes, 3).stats().families[0]).toMatchObject({ family: address === "::1" ? 6 : 4, reachable: "unknown" });
  });

  it("is a node of its own at each address (BEP 45)", async () => {
    const nodes = await network("127.0.0.1", 5);
    const bootstrap = [{ host: "127.0.0.1", port: at(nodes, 0).port }];
    const both = await start({ addresses: ["127.0.0.2", "127.0.0.3"], bootstrap });
    const { report } = await both.announce(INFO_HASH, { port: 7_001 });
    expect(report.writtenCount).toBeGreaterThan(5);
    const [first, second] = both.stats().families;
    expect(first?.id).not.toBe(second?.id);
    const { peers } = await at(nodes, 4).getPeers(INFO_HASH);
    expect(peers.map(({ address }) => address).toSorted()).toEqual(["127.0.0.2", "127.0.0.3"]);
  });

  it("comes back with the id and the nodes it had", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "torrential-dht-"));
    const nodes = await network("127.0.0.1", 6);
    const bootstrap = [{ host: "127.0.0.1", port: at(nodes, 0).port }];
    const first = await createDht({ addresses: ["127.0.0.1"], bootstrap, stateDir });
    await first.getPeers(INFO_HASH);
    const id = first.stats().families[0]?.id;
    await first.close();
    const again = await start({ addresses: ["127.0.0.1"], bootstrap: [], stateDir });
    expect((await again.getPeers(INFO_HASH)).report.answeredCount).toBeGreaterThan(2);
    expect(again.stats().families[0]?.id).toBe(id);
    await again.close();
    rmSync(stateDir, { recursive: true });
  });

  it("ends a request that is aborted, and those under way when it closes", async () => {
    const alone = await start({ addresses: ["127.0.0.1"], bootstrap: [{ host: "127.0.0.1", port: 9 }] });
    await expect(alone.getPeers(INFO_HASH, { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
    const pending = alone.getPeers(INFO_HASH);
    await alone.close();
    expect((await pending).report.answeredCount).toBe(0);
  });
});

describe("bootstrap", () => {
  it("is nowhere from loopback, and in three places at least from elsewhere", () => {
    expect(defaultBootstrap(["127.0.0.1"])).toEqual([]);
    expect(defaultBootstrap(undefined).length).toBeGreaterThanOrEqual(3);
  });

  it("makes local nodes welcome only when one is named as such", () => {
    expect(allowsLocal([{ host: "10.0.0.1", port: 1 }], undefined)).toBe(true);
    expect(allowsLocal([{ host: "localhost", port: 1 }], undefined)).toBe(true);
    expect(allowsLocal([{ host: "router.example", port: 1 }], ["192.168.1.2"])).toBe(false);
    expect(allowsLocal([], ["::1"])).toBe(true);
  });

  it("leaves out names without an address", async () => {
    const dns = new DnsResolver({
      readHosts: () => "",
      source: {
        resolve4: (name) =>
          name === "a.example" ? Promise.resolve([{ address: "8.8.8.8", ttl: 1 }]) : Promise.reject(new Error("no")),
        resolve6: () => Promise.resolve([]),
      },
    });
    const hosts = ["a.example", "b.example"].map((host) => ({ host, port: 1 }));
    expect(await resolveBootstrap(hosts, dns)).toEqual([{ address: "8.8.8.8", port: 1, family: 4 }]);
  });
});
