import { createServer } from "node:net";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { findHost, hostOfFd } from "./handed-socket.ts";

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

describe("a socket from a supervisor", () => {
  it.each([
    ["0100007F:2378", "127.0.0.1"],
    ["00000000:2378", "0.0.0.0"],
    ["00000000000000000000000001000000:2378", "::1"],
    ["00000000000000000000000000000000:2378", "::"],
    ["B80D0120000000000000000001000000:2378", "2001:db8::1"],
  ])("listens at %s, which is %s", (address, host) => {
    const line = `   0: ${address} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0\n`;
    expect(findHost(HEAD + line, "4242")).toBe(host);
    expect(findHost(HEAD + line, "424")).toBeUndefined();
  });

  it.skipIf(process.platform !== "linux")("is looked up by its number", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const handle: unknown = Reflect.get(server, "_handle");
    expect(hostOfFd(Number(Reflect.get(Object(handle), "fd")))).toBe("127.0.0.1");
    server.close();
  });

  it("is unknown when it is none", () => {
    expect(hostOfFd(9_999)).toBeUndefined();
  });
});
