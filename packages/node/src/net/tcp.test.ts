import { spawn } from "node:child_process";
import { createServer, connect as connectRaw, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { makeEndpoint, type Endpoint } from "@torrential/core";
import type { CloseReason } from "@torrential/engine";
import { afterEach, describe, expect, it } from "vitest";
import { TcpNetwork, type TcpNetworkOptions } from "./tcp.ts";

type Event =
  | { readonly type: "incoming"; readonly id: number; readonly endpoint: Endpoint }
  | { readonly type: "connected"; readonly id: number }
  | { readonly type: "data"; readonly id: number; readonly bytes: number }
  | { readonly type: "transmitted"; readonly id: number; readonly bytes: number }
  | { readonly type: "closed"; readonly id: number; readonly reason: CloseReason };

/** A network that records what it tells, and lets a test wait for it. */
class Recorder {
  readonly network: TcpNetwork;
  readonly events: Event[] = [];
  /** Everything received, joined. */
  received: Buffer = Buffer.alloc(0);
  #nextId = 1000;
  #wake: (() => void) | undefined;

  constructor(options: Partial<TcpNetworkOptions> = {}) {
    this.network = new TcpNetwork({
      nextConnection: () => this.#nextId++,
      events: {
        onIncoming: (id, endpoint) => this.#add({ type: "incoming", id, endpoint }),
        onConnected: (id) => this.#add({ type: "connected", id }),
        onData: (id, chunk) => {
          this.received = Buffer.concat([this.received, chunk]);
          this.#add({ type: "data", id, bytes: chunk.length });
        },
        onTransmitted: (id, bytes) => this.#add({ type: "transmitted", id, bytes }),
        onClosed: (id, reason) => this.#add({ type: "closed", id, reason }),
      },
      ...options,
    });
  }

  async waitFor<T extends Event["type"]>(type: T): Promise<Extract<Event, { type: T }>> {
    for (;;) {
      const found = this.events.find((event) => event.type === type);
      if (found !== undefined) return found as Extract<Event, { type: T }>;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async waitForBytes(count: number): Promise<void> {
    while (this.received.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #add(event: Event): void {
    this.events.push(event);
    this.#wake?.();
  }
}

const opened: { destroy(): unknown }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.destroy();
});

function recorder(options: Partial<TcpNetworkOptions> = {}): Recorder {
  const made = new Recorder(options);
  opened.push(made.network);
  return made;
}

async function rawServer(onSocket: (socket: Socket) => void): Promise<Endpoint> {
  const server: Server = createServer((socket) => {
    opened.push(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  opened.push({ destroy: () => server.close() });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return makeEndpoint("127.0.0.1", (server.address() as AddressInfo).port);
}

/** A process that listens with the shortest queue and never accepts: what no longer fits the queue gets no answer. */
async function silentServer(): Promise<Endpoint> {
  const script = `
    const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      require("node:fs").writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  opened.push({ destroy: () => child.kill("SIGKILL") });
  const [port] = await once(child.stdout, "data");
  return makeEndpoint("127.0.0.1", Number(String(port)));
}

async function rawClient(port: number): Promise<Socket> {
  const socket = connectRaw(port, "127.0.0.1");
  socket.on("error", () => {});
  opened.push(socket);
  await once(socket, "connect");
  return socket;
}

const pattern = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 255);

describe("tcp network", () => {
  it("transmits chunks in order, from the slab too, and reads the echo", async () => {
    const echo = await rawServer((socket) => socket.pipe(socket));
    const peer = recorder();
    peer.network.connect(1, echo);
    await peer.waitFor("connected");
    const slab = new Uint8Array(new SharedArrayBuffer(20_000));
    slab.set(pattern(20_000));
    peer.network.transmit(1, [slab.subarray(0, 13), slab.subarray(13, 16_397), slab.subarray(16_397)], 20_000);
    await peer.waitForBytes(20_000);
    expect(peer.received.equals(pattern(20_000))).toBe(true);
    expect(await peer.waitFor("transmitted")).toEqual({ type: "transmitted", id: 1, bytes: 20_000 });
  });

  it.each([true, false])("accepts and reads more than one buffer (own read buffer: %s)", async (adoptsAccepted) => {
    const seed = recorder({ adoptsAccepted });
    const port = await seed.network.listen({ port: 0, host: "127.0.0.1" });
    const client = await rawClient(port);
    const sent = pattern(700_000);
    client.write(sent);
    await seed.waitForBytes(sent.length);
    expect(seed.received.equals(sent)).toBe(true);
    expect((await seed.waitFor("incoming")).endpoint).toEqual(makeEndpoint("127.0.0.1", client.localPort ?? 0));
    expect(seed.events.findIndex((event) => event.type === "incoming")).toBe(0);
    client.end();
    expect(await seed.waitFor("closed")).toMatchObject({ reason: "ended" });
    expect(seed.network.size).toBe(0);
  });

  it("answers on an accepted connection", async () => {
    const seed = recorder();
    const port = await seed.network.listen({ port: 0, host: "127.0.0.1" });
    const client = await rawClient(port);
    const { id } = await seed.waitFor("incoming");
    seed.network.transmit(id, [pattern(5)], 5);
    const [chunk] = await once(client, "data");
    expect([...chunk]).toEqual([...pattern(5)]);
  });

  it("reads nothing while paused and goes on when resumed", async () => {
    const server = await rawServer((socket) => socket.write(pattern(100)));
    const peer = recorder();
    peer.network.connect(1, server);
    await peer.waitFor("connected");
    peer.network.pauseReading(1);
    const other = await rawServer((socket) => socket.write("x"));
    peer.network.connect(2, other);
    await peer.waitForBytes(1);
    // Whatever came before the pause took effect, the rest comes after the resume.
    peer.network.resumeReading(1);
    await peer.waitForBytes(101);
    expect(peer.received.length).toBe(101);
  });

  it("lets the last bytes leave before it closes, and says local", async () => {
    const got: Buffer[] = [];
    const server = await rawServer((socket) => socket.on("data", (chunk) => got.push(chunk)));
    const peer = recorder();
    peer.network.connect(1, server);
    await peer.waitFor("connected");
    peer.network.transmit(1, [pattern(300_000)], 300_000);
    peer.network.close(1);
    expect(await peer.waitFor("closed")).toEqual({ type: "closed", id: 1, reason: "local" });
    expect(Buffer.concat(got).equals(pattern(300_000))).toBe(true);
  });

  it("says why a connection failed", async () => {
    const refused = await rawServer(() => {});
    opened.splice(0).forEach((one) => one.destroy());
    const peer = recorder();
    peer.network.connect(1, refused);
    expect(await peer.waitFor("closed")).toEqual({ type: "closed", id: 1, reason: "refused" });
  });

  it("says reset when the other side resets", async () => {
    const server = await rawServer((socket) => socket.on("data", () => socket.resetAndDestroy()));
    const peer = recorder();
    peer.network.connect(1, server);
    await peer.waitFor("connected");
    peer.network.transmit(1, [pattern(10)], 10);
    expect(await peer.waitFor("closed")).toMatchObject({ reason: "reset" });
  });

  it("gives up on an address that stays silent", async () => {
    const peer = recorder({ connectTimeoutMs: 50 });
    const silent = await silentServer();
    for (let id = 1; id <= 6; id++) peer.network.connect(id, silent);
    expect(await peer.waitFor("closed")).toMatchObject({ reason: "timeout" });
  });

  it("reports each connection closed exactly once when destroyed", async () => {
    const server = await rawServer(() => {});
    const peer = recorder();
    for (const id of [1, 2, 3]) peer.network.connect(id, server);
    await peer.waitFor("connected");
    peer.network.destroy();
    while (peer.network.size > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(
      peer.events
        .filter((event) => event.type === "closed")
        .map((event) => event.id)
        .toSorted(),
    ).toEqual([1, 2, 3]);
  });

  it("ignores commands for connections that are gone", () => {
    const peer = recorder();
    peer.network.transmit(7, [pattern(3)], 3);
    peer.network.pauseReading(7);
    peer.network.close(7);
    expect(peer.events).toEqual([]);
  });
});

describe("tcp network, addresses and ports", () => {
  it("takes one of the next ports when its own is in use", async () => {
    const taken = await rawServer(() => {});
    const peer = recorder();
    const port = await peer.network.listen({ port: taken.port, host: "127.0.0.1" });
    expect(port).toBeGreaterThan(taken.port);
    expect(port).toBeLessThanOrEqual(taken.port + 10);
  });

  it("says which address it could not listen on", async () => {
    const peer = recorder();
    await expect(peer.network.listen({ port: 0, host: "198.51.100.7" })).rejects.toMatchObject({
      code: "listen-failed",
      message: expect.stringContaining("198.51.100.7"),
    });
  });

  it("leaves by the bound address only", async () => {
    const seen: (string | undefined)[] = [];
    const server = await rawServer((socket) => seen.push(socket.remoteAddress));
    const peer = recorder({ bindAddress: "127.0.0.9" });
    peer.network.connect(1, server);
    await peer.waitFor("connected");
    peer.network.connect(2, makeEndpoint("::1", server.port));
    expect(await peer.waitFor("closed")).toEqual({ type: "closed", id: 2, reason: "unreachable" });
    expect(seen).toEqual(["127.0.0.9"]);
  });

  it("does not connect when the bound address is not of this machine", async () => {
    const server = await rawServer(() => {});
    const peer = recorder({ bindAddress: "198.51.100.7" });
    peer.network.connect(1, server);
    expect(await peer.waitFor("closed")).toMatchObject({ reason: "unreachable" });
  });
});
