/** Clients that are slow, many, or not HTTP at all (PROMISES C27). */
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { HttpWorld } from "../test-support/http-world.ts";
import { SocketLimits } from "./socket-limits.ts";

function open(world: HttpWorld): Socket {
  const [host, port] = world.host.split(":");
  const socket = connect(Number(port), host);
  socket.on("error", () => undefined);
  return socket;
}

/** All that comes until the other side ends. */
async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  await once(socket, "close");
  return text;
}

describe("slow clients", () => {
  it("lose the connection when headers take longer than ten seconds", async () => {
    await using world = await HttpWorld.start();
    const socket = open(world);
    socket.write("GET /healthz HTTP/1.1\r\nHost: ");
    const drip = setInterval(() => socket.write("x"), 500);
    try {
      expect(await readAll(socket)).toContain("408");
    } finally {
      clearInterval(drip);
    }
  }, 60_000);

  it("are refused with headers of more than 16 KiB, or what is not HTTP", async () => {
    await using world = await HttpWorld.start();
    const large = open(world);
    large.write(`GET / HTTP/1.1\r\nHost: ${world.host}\r\nX: ${"x".repeat(17_000)}\r\n\r\n`);
    expect(await readAll(large)).toContain("431");
    const odd = open(world);
    odd.write("\x13BitTorrent protocol\r\n\r\n");
    expect(await readAll(odd)).toContain("400");
    const tunnel = open(world);
    tunnel.write(`CONNECT ${world.host} HTTP/1.1\r\nHost: ${world.host}\r\n\r\n`);
    expect(await readAll(tunnel)).toBe("");
  });

  it("are refused with two Hosts, or with lengths that smuggle", async () => {
    await using world = await HttpWorld.start();
    const two = open(world);
    two.write(`GET /healthz HTTP/1.1\r\nHost: ${world.host}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`);
    expect(await readAll(two)).toMatch(/^HTTP\/1\.1 4(?:00|21)/);
    const smuggled = open(world);
    smuggled.write(
      `POST /api/v1/torrents HTTP/1.1\r\nHost: ${world.host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    );
    expect(await readAll(smuggled)).toContain("400");
  });

  it("are answered before a body without end has come, when they may not send it", async () => {
    await using world = await HttpWorld.start();
    const socket = open(world);
    socket.write(`POST /api/v1/torrents HTTP/1.1\r\nHost: ${world.host}\r\nContent-Length: 999999999\r\n\r\nxxx`);
    expect(await readAll(socket)).toContain("401");
  });

  it("get 413 for bodies that are too large", async () => {
    await using world = await HttpWorld.start();
    const reply = await world.ask({
      method: "PATCH",
      path: "/api/v1/settings",
      headers: { ...world.bearer, "content-type": "application/json" },
      body: JSON.stringify({ text: "x".repeat(300_000) }),
    });
    expect(reply.status).toBe(413);
  });
});

describe("socket limits", () => {
  type Fake = Socket & { readonly gone: () => void };
  function fake(remoteAddress: string): Fake {
    const listeners: (() => void)[] = [];
    const socket = {
      remoteAddress,
      destroy: () => undefined,
      once: (_event: string, listener: () => void) => listeners.push(listener),
      gone: () => listeners.forEach((each) => each()),
    };
    return Object.assign(Object.create(null), socket);
  }

  it("hold 32 of one address, and count what closes", () => {
    const limits = new SocketLimits(() => false);
    const sockets = Array.from({ length: 32 }, () => fake("198.51.100.1"));
    expect(sockets.every((socket) => limits.admit(socket))).toBe(true);
    expect(limits.admit(fake("198.51.100.1"))).toBe(false);
    expect(limits.admit(fake("198.51.100.2"))).toBe(true);
    sockets[0]?.gone();
    expect(limits.admit(fake("198.51.100.1"))).toBe(true);
  });

  it("keep eight for this machine", () => {
    const limits = new SocketLimits(() => false);
    let admitted = 0;
    for (let i = 0; i < 300; i++) if (limits.admit(fake(`198.51.${100 + (i >> 4)}.1`))) admitted += 1;
    expect(admitted).toBe(248);
    const own = Array.from({ length: 9 }, () => limits.admit(fake("127.0.0.1")));
    expect(own).toEqual([true, true, true, true, true, true, true, true, false]);
  });

  it("let proxies speak for many", () => {
    const limits = new SocketLimits((address) => address === "10.0.0.1");
    const all = Array.from({ length: 100 }, () => limits.admit(fake("10.0.0.1")));
    expect(all.every(Boolean)).toBe(true);
  });
});
