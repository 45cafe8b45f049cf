import { describe, expect, it } from "vitest";
import { type GateRequest, judgeGate } from "./gate.ts";

const REQUEST: GateRequest = {
  method: "POST",
  host: "127.0.0.1:9080",
  local: { address: "127.0.0.1", port: 9080 },
  isTls: false,
  origin: undefined,
  secFetchSite: undefined,
  secFetchMode: undefined,
  hasCookie: true,
  hasAuthorization: false,
  isUpgrade: false,
};
const OPTIONS = {
  allowedHosts: ["nas.lan", "seed.example:443", "any.example:*", "[fd00::1]:80"],
  origins: ["https://ui.example"],
};

function judge(fields: Partial<GateRequest>): number {
  const verdict = judgeGate({ ...REQUEST, ...fields }, OPTIONS);
  return verdict.isOpen ? 200 : verdict.status;
}

describe("the gate", () => {
  it.each([
    ["127.0.0.1:9080", 200],
    ["localhost:9080", 200],
    ["nas.lan", 200],
    ["nas.lan:9080", 200],
    ["nas.lan:9081", 421],
    ["seed.example:443", 200],
    ["seed.example", 421],
    ["any.example:1", 200],
    ["any.example", 200],
    ["[fd00::1]:80", 200],
    ["[::1]:9080", 421],
    ["0.0.0.0:9080", 421],
    ["localhost", 421],
    ["localhost:9080.evil.example", 421],
    ["nas.lan.evil.example", 421],
    ["evil.example@nas.lan", 421],
    ["nas.lan:", 421],
    ["", 421],
    [undefined, 421],
  ])("answers the Host %s with %i", (host, status) => {
    expect(judge({ host, secFetchSite: "same-origin" })).toBe(status);
  });

  it.each([
    [{ origin: "http://127.0.0.1:9080" }, 200],
    [{ origin: "https://127.0.0.1:9080" }, 200],
    [{ origin: "http://127.0.0.1:9080", isTls: true }, 403],
    [{ origin: "http://127.0.0.1" }, 403],
    [{ origin: "http://127.0.0.1:9080/" }, 403],
    [{ origin: "http://127.0.0.1:9080@evil.example" }, 403],
    [{ origin: "null" }, 403],
    [{ origin: "" }, 403],
    [{ origin: "https://ui.example" }, 200],
    [{ origin: "https://ui.example.evil.example" }, 403],
    [{ origin: "https://ui.example", host: "evil.example" }, 421],
    [{ secFetchSite: "same-origin" }, 200],
    [{ secFetchSite: "none" }, 200],
    [{ secFetchSite: "same-site" }, 403],
    [{ secFetchSite: "cross-site" }, 403],
    [{ secFetchSite: "cross-site", secFetchMode: "navigate" }, 403],
    [{ secFetchSite: "cross-site", secFetchMode: "navigate", method: "GET" }, 200],
    [{ secFetchSite: "cross-site", method: "GET" }, 403],
    [{ secFetchSite: "cross-site", secFetchMode: "navigate", method: "GET", isUpgrade: true }, 403],
    [{}, 403],
    [{ hasAuthorization: true }, 200],
    [{ hasCookie: false }, 200],
    [{ method: "GET" }, 200],
    [{ method: "GET", isUpgrade: true }, 403],
    [{ local: undefined, host: "whatever", secFetchSite: "none" }, 200],
  ] as const)("answers %j with %i", (fields, status) => {
    expect(judge(fields)).toBe(status);
  });
});
