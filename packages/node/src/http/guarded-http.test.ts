import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer as createRawServer } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { DnsResolver } from "./dns.ts";
import { GuardedHttp, type GuardedHttpOptions, type HttpRequest } from "./guarded-http.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

const KIND_USER: HttpRequest = { kind: "user-torrent-file", maxBodyBytes: 1000, timeoutMs: 5_000 };
const KIND_TRACKER: HttpRequest = { ...KIND_USER, kind: "tracker" };

function client(options: GuardedHttpOptions = {}): GuardedHttp {
  const http = new GuardedHttp(options);
  opened.push(() => http.close());
  return http;
}

/** The port of a server on loopback. */
async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(handle).listen(0, "127.0.0.1");
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("guarded http", () => {
  it("gets a body with status and headers, by name", async () => {
    const hosts: (string | undefined)[] = [];
    const port = await serve((request, response) => {
      hosts.push(request.headers.host);
      response.writeHead(404, { "X-Word": "seen" }).end(`you asked ${request.url}`);
    });
    const response = await client().get(`http://localhost:${port}/announce?a=%00b`, KIND_TRACKER);
    expect([response.status, text(response.body), response.headers.get("x-word")]).toEqual([
      404,
      "you asked /announce?a=%00b",
      "seen",
    ]);
    expect(hosts).toEqual([`localhost:${port}`]);
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["deflate", deflateRawSync],
    ["br", brotliCompressSync],
  ])("decodes %s, under the cap on what comes out", async (encoding, encode) => {
    const port = await serve((request, response) => {
      response
        .writeHead(200, { "content-encoding": encoding })
        .end(encode(Buffer.alloc(request.url === "/small" ? 999 : 100_000, "x")));
    });
    const http = client();
    expect((await http.get(`http://127.0.0.1:${port}/small`, KIND_USER)).body.length).toBe(999);
    await expect(http.get(`http://127.0.0.1:${port}/bomb`, KIND_USER)).rejects.toMatchObject({
      code: "http-too-large",
    });
  });

  it.each([
    ["a long body", (response: ServerResponse) => response.end(Buffer.alloc(1001)), "http-too-large"],
    [
      "a long header",
      (response: ServerResponse) => response.writeHead(200, { long: "x".repeat(17_000) }).end(),
      "http-too-large",
    ],
    [
      "a broken encoding",
      (response: ServerResponse) => response.writeHead(200, { "content-encoding": "gzip" }).end("no"),
      "http-invalid",
    ],
    [
      "an unknown encoding",
      (response: ServerResponse) => response.writeHead(200, { "content-encoding": "x" }).end("no"),
      "http-invalid",
    ],
    [
      "a cut body",
      (response: ServerResponse) => response.writeHead(200, { "content-length": 9 }).end("x", () => response.destroy()),
      "http-unreachable",
    ],
    [
      "a circle of redirects",
      (response: ServerResponse) => response.writeHead(302, { location: "/again" }).end(),
      "http-refused",
    ],
    [
      "a redirect to a file",
      (response: ServerResponse) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
      "http-refused",
    ],
  ])("rejects %s", async (_, handle, code) => {
    const port = await serve((_request, response) => void handle(response));
    await expect(client().get(`http://127.0.0.1:${port}/`, KIND_USER)).rejects.toMatchObject({ code });
  });

  it("rejects what is no HTTP", async () => {
    const server = createRawServer((socket) =>
      socket.on("error", () => {}).once("data", () => socket.end("SSH-2.0-OpenSSH_9.2\r\n")),
    ).listen(0, "127.0.0.1");
    opened.push(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await expect(client().get(`http://127.0.0.1:${port}/`, KIND_USER)).rejects.toMatchObject({ code: "http-invalid" });
  });

  it("judges each redirect anew", async () => {
    let isReached = false;
    const port = await serve((request, response) => {
      if (request.url === "/announce") response.writeHead(302, { location: "/admin" }).end();
      else isReached = true;
    });
    await expect(client().get(`http://127.0.0.1:${port}/announce`, KIND_TRACKER)).rejects.toMatchObject({
      code: "http-refused",
    });
    expect(isReached).toBe(false);
  });

  it("keeps a cookie for the origin that it is meant for", async () => {
    const seen: (string | undefined)[] = [];
    const second = await serve((request, response) => {
      seen.push(request.headers.cookie);
      response.end();
    });
    const first = await serve((request, response) => {
      seen.push(request.headers.cookie);
      const location = request.url === "/" ? "/again" : `http://127.0.0.1:${second}/`;
      response.writeHead(301, { location }).end();
    });
    await client().get(`http://127.0.0.1:${first}/`, { ...KIND_USER, cookie: "id=1" });
    expect(seen).toEqual(["id=1", "id=1", undefined]);
  });

  it("keeps userinfo for its own origin", async () => {
    const seen: (string | undefined)[] = [];
    const second = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end();
    });
    const first = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(301, { location: `http://127.0.0.1:${second}/` }).end();
    });
    await client().get(`http://me:secret@127.0.0.1:${first}/`, KIND_USER);
    expect(seen).toEqual([`Basic ${Buffer.from("me:secret").toString("base64")}`, undefined]);
  });

  it("reaches a name by the very address that was judged", async () => {
    const port = await serve((_request, response) => response.end("here"));
    const source = { resolve4: async () => [{ address: "127.0.0.1", ttl: 60 }], resolve6: async () => [] };
    const http = client({ resolver: new DnsResolver({ source, readHosts: () => "" }) });
    expect(text((await http.get(`http://inside.example:${port}/`, KIND_USER)).body)).toBe("here");
    const kinds = ["web-seed", "torrent-file", "tracker"] as const;
    for (const kind of kinds) {
      await expect(http.get(`http://inside.example:${port}/`, { ...KIND_USER, kind })).rejects.toMatchObject({
        code: "http-refused",
      });
    }
  });

  it("leaves by the bound address", async () => {
    const port = await serve((request, response) => response.end(request.socket.remoteAddress));
    const http = client({ bindAddress: "127.0.0.7" });
    expect(text((await http.get(`http://127.0.0.1:${port}/`, KIND_USER)).body)).toBe("127.0.0.7");
    await expect(http.get(`http://[::1]:${port}/`, KIND_USER)).rejects.toMatchObject({ code: "http-unreachable" });
  });

  it("gives up in time, and when told to", async () => {
    const port = await serve(() => {});
    const http = client();
    await expect(http.get(`http://127.0.0.1:${port}/`, { ...KIND_USER, timeoutMs: 30 })).rejects.toMatchObject({
      code: "http-timeout",
    });
    const aborter = new AbortController();
    const asked = http.get(`http://127.0.0.1:${port}/`, { ...KIND_USER, signal: aborter.signal });
    aborter.abort();
    await expect(asked).rejects.toMatchObject({ code: "http-aborted" });
  });

  it("checks certificates, whatever the environment says", async () => {
    const server = createTlsServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (_request, response) =>
      response.end("trusted?"),
    );
    opened.push(() => server.close());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    opened.push(() => {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    });
    await expect(client().get(`https://localhost:${port}/`, KIND_USER)).rejects.toMatchObject({
      code: "http-unreachable",
      message: expect.stringContaining("CERT"),
    });
  });

  it("says nothing secret in its errors", async () => {
    const failed = client().get(
      "http://me:secret@127.0.0.1:25/0123456789abcdef0123/announce?passkey=secret",
      KIND_USER,
    );
    await expect(failed).rejects.toThrow(
      "http://127.0.0.1:25/…/announce?passkey=… can't be used: port 25 belongs to another service.",
    );
  });
});

// Self-signed for localhost; good for nothing else.
const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8bdWzqqopvpYFBr2
4WPbXe1Vk9hfP8dnpegU7QRdcXahRANCAARf3HN1BntftitZZHNq4rAY5r8b3GAQ
6jt3cZ6903TEDqzkOtSlTn6iA1FZ4rSYZnwkVohKedAGkkgbholEoJKj
-----END PRIVATE KEY-----
`;
const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBlDCCATugAwIBAgIUT+M6adDAVC1DOdIo2kYGPyigFI4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzAxMTAyNVoYDzIxMjYxMDMw
MDExMDI1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARf3HN1BntftitZZHNq4rAY5r8b3GAQ6jt3cZ6903TEDqzkOtSlTn6i
A1FZ4rSYZnwkVohKedAGkkgbholEoJKjo2kwZzAdBgNVHQ4EFgQUGZthCCovmjRx
DGxY5PwTTwIVrjwwHwYDVR0jBBgwFoAUGZthCCovmjRxDGxY5PwTTwIVrjwwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
RwAwRAIgRjzCUbGzX2MJt2VcksUHtPu60KcuJJSkHBmXt/P19PQCICHzRVjQlgSj
wGVBtAVqBN1bSvMl8AsARzXbY8dOZplX
-----END CERTIFICATE-----
`;
