/** PROMISES F11: hundreds of torrents whose first trackers are dead, on real sockets. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { buildMetainfo, type Metainfo, parseMetainfo } from "@torrential/core";
import { createClient, createTracker, type Torrent } from "@torrential/node";
import { describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.ts";
import { waitFor } from "../support/wait-for.ts";

const TORRENTS = 500;
const ADDRESS = "127.0.0.1";

describe("500 torrents with three dead trackers and a good one behind them", () => {
  it("all reach the good one, over 50 sockets at most, and leave it", { timeout: 180_000 }, async () => {
    using folder = new TestFolder("many-trackers");
    await using dead = await DeadTrackers.start();
    const stopped = new Set<string>();
    const good = await createTracker({
      bind: ADDRESS,
      onAnnounce: ({ request }) => request.event === "stopped" && stopped.add(request.infoHash),
    });
    const tiers = [dead.urls, good.urls(ADDRESS).slice(0, 1)];
    const client = await createClient({ stateDir: folder.folder("state"), bind: ADDRESS });
    try {
      const startedAt = performance.now();
      for (let i = 0; i < TORRENTS; i++) {
        const metainfo = makeMetainfo(i, tiers);
        await client.add(metainfo, { root: folder.folder("data") });
      }
      client.loopDelayP99Ms();
      await waitFor(() => good.stats.torrents === TORRENTS, {
        what: () => `only ${good.stats.torrents} reached the good tracker`,
        deadlineMs: 120_000,
      });
      const reachedMs = performance.now() - startedAt;
      const p99 = client.loopDelayP99Ms();
      expect(dead.socketsMax).toBeLessThanOrEqual(50);
      expect(dead.socketsMax).toBeGreaterThan(0);
      // The last answer may still be on its way.
      const isWorking = (torrent: Torrent): boolean => torrent.status().trackers.at(-1)?.state === "working";
      await waitFor(() => client.torrents.every(isWorking), { what: "all have the good one's answer" });
      const closingAt = performance.now();
      await client.close();
      console.log(
        `all ${TORRENTS} reached after ${(reachedMs / 1000).toFixed(1)} s, loop p99 ${p99.toFixed(1)} ms, ` +
          `dead trackers' sockets at most ${dead.socketsMax}, closed in ${((performance.now() - closingAt) / 1000).toFixed(2)} s`,
      );
      expect(stopped.size).toBe(TORRENTS);
    } finally {
      await client.close();
      await good.close();
    }
  });
});

function makeMetainfo(index: number, trackers: readonly (readonly string[])[]): Metainfo {
  const pieceHashes = new Uint8Array(20).fill(index & 255);
  const files = [{ path: [`${index}.bin`], lengthBytes: 1_000 }];
  return parseMetainfo(buildMetainfo({ name: `torrent ${index}`, files, pieceLength: 16_384, pieceHashes, trackers }));
}

/** Two that take connections and say nothing, and one of UDP that says nothing. */
class DeadTrackers implements AsyncDisposable {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #udp = createSocket("udp4");
  socketsMax = 0;

  static async start(): Promise<DeadTrackers> {
    const dead = new DeadTrackers();
    for (let i = 0; i < 2; i++) {
      const server = createServer((socket) => dead.#take(socket)).listen(0, ADDRESS);
      await once(server, "listening");
      dead.#servers.push(server);
    }
    dead.#udp.bind(0, ADDRESS);
    await once(dead.#udp, "listening");
    return dead;
  }

  get urls(): readonly string[] {
    const ports = this.#servers.map((server) => {
      const bound = server.address();
      return bound === null || typeof bound === "string" ? 0 : bound.port;
    });
    const http = ports.map((port) => `http://${ADDRESS}:${port}/announce`);
    return [...http, `udp://${ADDRESS}:${this.#udp.address().port}/announce`];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#udp.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) await new Promise((resolve) => server.close(resolve));
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    this.socketsMax = Math.max(this.socketsMax, this.#sockets.size);
    socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
    socket.resume();
  }
}
