import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveFile, type StreamableFile } from "./serve-file.ts";

const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index & 255);
const FILE: StreamableFile = {
  name: "a <b> 'ü\".html",
  lengthBytes: BYTES.length,
  etag: '"abc-0"',
  stream: ({ start, end }) =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(BYTES.subarray(start, end));
        controller.close();
      },
    }),
};
const BROKEN: StreamableFile = {
  ...FILE,
  stream: () => new ReadableStream({ pull: () => Promise.reject(new Error("the torrent was stopped")) }),
};

const server = createServer((request, response) => {
  void serveFile(request, response, request.url === "/broken" ? BROKEN : FILE);
});
let url = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const get = async (headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Response> =>
  await fetch(url, { headers, method });

describe("serving a file", () => {
  it("gives the whole, with headers that no browser makes a page of", async () => {
    const response = await get();
    expect(response.status).toBe(200);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(BYTES);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "content-disposition": "attachment; filename*=UTF-8''a%20%3Cb%3E%20%27%C3%BC%22.html",
      "content-length": "1000",
      "content-security-policy": "sandbox; default-src 'none'",
      "content-type": "application/octet-stream",
      "x-content-type-options": "nosniff",
      etag: '"abc-0"',
    });
  });

  it("gives a part, or says that there is none", async () => {
    const part = await get({ range: "bytes=10-19" });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 10-19/1000"]);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(BYTES.subarray(10, 20));
    const none = await get({ range: "bytes=1000-" });
    expect([none.status, none.headers.get("content-range")]).toEqual([416, "bytes */1000"]);
  });

  it("takes a range only of the file that it was meant for", async () => {
    expect((await get({ range: "bytes=0-1", "if-range": '"abc-0"' })).status).toBe(206);
    expect((await get({ range: "bytes=0-1", "if-range": '"other"' })).status).toBe(200);
    expect((await get({ "if-none-match": '"x", W/"abc-0"' })).status).toBe(304);
  });

  it("answers HEAD without bytes and refuses other methods", async () => {
    const head = await get({ range: "bytes=5-" }, "HEAD");
    expect([head.status, head.headers.get("content-length")]).toEqual([206, "995"]);
    expect((await get({}, "POST")).status).toBe(405);
  });

  it("cuts the connection when the bytes do not come", async () => {
    await expect(fetch(`${url}/broken`).then((response) => response.arrayBuffer())).rejects.toThrow(
      /terminated|fetch failed/,
    );
  });
});
