import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { GuardedHttp } from "../http/guarded-http.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** As the mapper's driver asks; only the address is of loopback here, which the rule would refuse. */
async function ask(handle: (response: ServerResponse) => void, policy?: () => undefined): Promise<unknown> {
  const server = createServer((_request, response) => handle(response)).listen(0, "127.0.0.1");
  const http = new GuardedHttp(policy === undefined ? {} : { policy });
  opened.push(
    () => server.close(),
    () => server.closeAllConnections(),
    () => http.close(),
  );
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return http.get(url, { kind: "gateway", maxBodyBytes: 1_000, timeoutMs: 200, redirectsMax: 0 });
}

describe("asking a gateway", () => {
  it("never goes to loopback", async () => {
    await expect(ask((response) => response.end())).rejects.toMatchObject({ code: "http-refused" });
  });

  it.each([
    ["redirects", (response: ServerResponse) => response.writeHead(302, { location: "/x" }).end(), "http-refused"],
    ["never ends", (response: ServerResponse) => response.write("x"), "http-timeout"],
    ["sends too much", (response: ServerResponse) => response.end("x".repeat(2_000)), "http-too-large"],
  ] as const)("ends in an error when it %s", async (_, handle, code) => {
    await expect(ask(handle, () => undefined)).rejects.toMatchObject({ code });
  });
});
