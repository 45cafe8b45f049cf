/**
 * A private DHT of our nodes, libtorrent's and Transmission's: what one announces the others find, and items go both
 * ways. Nothing but the DHT tells anybody of anybody, and who looks has the info-hash alone (a magnet link): in every
 * pair the metadata goes from the one to the other, too.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createDht, type Dht, dhtPublicKey, dhtTargetOfKey } from "@torrential/node";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TestClient } from "../support/clients/client.ts";
import { waitUntilComplete } from "../support/clients/client.ts";
import { LibtorrentDht } from "../support/clients/libtorrent-dht.ts";
import { TorrentialClient } from "../support/clients/torrential.ts";
import { TransmissionClient } from "../support/clients/transmission.ts";
import { differences, digestOf } from "../support/digest.ts";
import { type Fixture, makeFixture, makeVariant } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { describeIf, missingLibtorrent, missingNamespace, missingProgram } from "../support/requirements.ts";
import { waitFor } from "../support/wait-for.ts";

const DEADLINE_MS = 150_000;
/** Transmission waits until it knows more than eight nodes. */
const NODES = 12;
const KINDS = ["torrential", "libtorrent", "transmission"] as const;
type Kind = (typeof KINDS)[number];

describeIf(
  [missingNamespace(), missingLibtorrent(), missingProgram("transmission-daemon")],
  "a DHT of ours, libtorrent and Transmission",
  () => {
    const folder = new TestFolder("interop-dht");
    const nodes: Dht[] = [];
    const clients = new Map<string, TestClient>();
    let fixture: Fixture;
    let lastAddress = 0;

    const clientOf = (kind: Kind, role: "seed" | "leech"): TestClient => {
      const client = clients.get(`${kind} ${role}`);
      if (client === undefined) throw new Error(`no ${kind} to ${role}`);
      return client;
    };
    const libtorrent = (): LibtorrentDht => {
      const client = clientOf("libtorrent", "leech");
      if (!(client instanceof LibtorrentDht)) throw new Error("no libtorrent");
      return client;
    };
    const own = (index: number): Dht => {
      const node = nodes[index];
      if (node === undefined) throw new Error(`no node ${index}`);
      return node;
    };

    beforeAll(async () => {
      fixture = makeFixture(folder.folder("source"), { name: "dht.bin", pieceLength: 16_384, files: 200_000 });
      for (let i = 0; i < NODES; i++) {
        const bootstrap = [{ host: "198.18.70.1", port: nodes[0]?.port ?? 6_881 }];
        nodes.push(await createDht({ addresses: [`198.18.70.${i + 1}`], bootstrap, port: 0 }));
      }
      const bootstrap = { address: "198.18.70.1", port: own(0).port };
      for (const kind of KINDS) {
        for (const role of ["seed", "leech"] as const) {
          const workDir = folder.folder(`${kind}-${role}`);
          const address = `198.18.71.${++lastAddress}`;
          const client = makeClient(kind, { workDir, address, bootstrap });
          clients.set(`${kind} ${role}`, client);
          await client.start();
        }
      }
    }, 90_000);
    afterAll(async () => {
      for (const client of clients.values()) await client[Symbol.asyncDispose]();
      await Promise.all(nodes.map((node) => node.close()));
      folder[Symbol.dispose]();
    }, 60_000);

    for (const from of KINDS) {
      for (const to of KINDS) {
        it.concurrent(`${to} finds by a link what ${from} announced`, { timeout: DEADLINE_MS * 2 }, async () => {
          const torrent = makeVariant(folder.folder("torrents", `${from}-${to}`), fixture, { source: `${from}-${to}` });
          const saveDir = folder.at(`saved-${from}-${to}`);
          mkdirSync(saveDir);
          await clientOf(from, "seed").addTorrent({ torrent, saveDir: torrent.dataDir, isSeed: true });
          // Transmission looks once in half an hour: who looks before the other has announced does not find it.
          await waitFor(async () => (await own(0).getPeers(torrent.infoHash)).peers.length > 0, {
            what: () => `${from} did not announce`,
            deadlineMs: DEADLINE_MS,
            intervalMs: 500,
          });
          const magnet = `magnet:?xt=urn:btih:${torrent.infoHash}`;
          await clientOf(to, "leech").addTorrent({ torrent, saveDir, isSeed: false, magnet });
          await waitUntilComplete(clientOf(to, "leech"), torrent, DEADLINE_MS);
          const wanted = digestOf(torrent, torrent.dataDir);
          await waitFor(() => differences(digestOf(torrent, saveDir), wanted).length === 0, {
            what: () => `${to}'s copy is another`,
          });
        });
      }
    }

    it.concurrent("gets what libtorrent put, and gives it what we put (BEP 44)", { timeout: DEADLINE_MS }, async () => {
      await knowEachOther(libtorrent());
      const theirs = await libtorrent().call<{ target: string; nodes: number }>({
        op: "put",
        value: "from libtorrent",
      });
      expect(theirs.nodes).toBeGreaterThan(0);
      expect(textOf((await own(5).get(theirs.target)).item?.value)).toBe("from libtorrent");
      const ours = await own(6).put("from us ".repeat(100));
      expect(ours.report.writtenCount).toBeGreaterThan(0);
      const got = await libtorrent().call<{ value: string }>({ op: "get", target: ours.target });
      expect(got.value).toBe("from us ".repeat(100));
    });

    it.concurrent("takes turns with libtorrent in one mutable item (BEP 44)", { timeout: DEADLINE_MS }, async () => {
      await knowEachOther(libtorrent());
      const seed = new Uint8Array(randomBytes(32));
      const salt = "salt";
      const keys = { public: Buffer.from(dhtPublicKey(seed)).toString("hex"), secret: expand(seed), salt };
      const key = { seed, salt: new TextEncoder().encode(salt) };
      expect((await own(3).put("one", { key })).seq).toBe(1);
      expect(await libtorrent().call({ op: "get-mutable", ...keys })).toEqual({ value: "one", seq: 1 });
      await libtorrent().call({ op: "put-mutable", ...keys, value: "two" });
      const target = dhtTargetOfKey(dhtPublicKey(seed), key.salt);
      const { item } = await own(8).get(target, { salt: key.salt });
      expect([textOf(item?.value), item?.seq]).toEqual(["two", 2]);
      expect((await own(9).put("three", { key })).seq).toBe(3);
      expect(await libtorrent().call({ op: "get-mutable", ...keys })).toEqual({ value: "three", seq: 3 });
    });

    it.concurrent("is asked by libtorrent, scraped and sampled (BEP 33, 51)", { timeout: DEADLINE_MS }, async () => {
      await knowEachOther(libtorrent());
      const infoHash = randomBytes(20).toString("hex");
      expect((await own(7).announce(infoHash, { port: 4_322 })).report.writtenCount).toBeGreaterThan(0);
      const { peers } = await libtorrent().call<{ peers: string[] }>({ op: "get-peers", target: infoHash });
      expect(peers).toContain("198.18.70.8:4322");
      expect((await own(2).getPeers(infoHash, { scrape: true })).report.swarm).toEqual({ seeds: 0, peers: 1 });
      expect((await own(1).sample(infoHash)).infoHashes).toContain(infoHash);
    });
  },
);

function makeClient(
  kind: Kind,
  options: {
    readonly workDir: string;
    readonly address: string;
    readonly bootstrap: { readonly address: string; readonly port: number };
  },
): TestClient {
  const { workDir, address, bootstrap } = options;
  if (kind === "libtorrent") return new LibtorrentDht(options);
  const client = { workDir, address, dhtBootstrap: bootstrap };
  return kind === "torrential" ? new TorrentialClient(client) : new TransmissionClient(client);
}

async function knowEachOther(client: LibtorrentDht): Promise<void> {
  await waitFor(async () => (await client.call<{ nodes: number }>({ op: "nodes" })).nodes >= 8, {
    what: () => "libtorrent knows too few nodes",
  });
}

/** The form of a secret key that libtorrent works with: the seed's hash, with the bits that RFC 8032 sets. */
function expand(seed: Uint8Array): string {
  const hash = createHash("sha512").update(seed).digest();
  hash[0] = (hash[0] ?? 0) & 248;
  hash[31] = ((hash[31] ?? 0) & 63) | 64;
  return hash.toString("hex");
}

function textOf(value: unknown): string | undefined {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
}
