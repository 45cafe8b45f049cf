/** Property tests of everything at the door and behind it that reads what strangers wrote. */
import fc from "fast-check";
import { TorrentialError } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { TrustedProxies, viewClient } from "../door/client-address.ts";
import { readCredentials } from "../door/credentials.ts";
import { judgeGate } from "../door/gate.ts";
import { parseRawPath } from "../door/raw-path.ts";
import { redactText } from "../log/redact-text.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { parsePosition } from "./events/frame.ts";
import { attachment } from "./handlers/torrent.ts";
import { parseJsonBody } from "./json-body.ts";

const text = fc.string({ unit: "binary", maxLength: 200 });

/** Refused, or answered; never anything else. */
function refuses<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof TorrentialError) return undefined;
    throw error;
  }
}

describe("paths", () => {
  it("that are let through have one reading only", () => {
    const piece = fc.constantFrom("/", "a", ".", "..", "%2f", "%2e", "%41", "\\", "%00", "?", "#", ";", " ", "//", "é");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const parsed = parseRawPath(`/${pieces.join("")}`, "");
        if (parsed === undefined) return;
        const decoded = decodeURIComponent(parsed.path);
        expect(new URL(`http://a${parsed.path}`).pathname).toBe(parsed.path);
        expect(decoded.split("/")).not.toContain("..");
        expect(decoded).not.toMatch(/[\\\0]|\/\//);
      }),
    );
  });

  it.each([
    ["/torrents/api", "/torrents", "/api"],
    ["/torrents", "/torrents", "/"],
    ["/torrentsapi", "/torrents", "/torrentsapi"],
    ["/api", "/torrents", "/api"],
  ])("%s with the base path %s is %s", (url, base, path) => {
    expect(parseRawPath(url, base)?.path).toBe(path);
  });
});

describe("the gate", () => {
  it("opens to no origin but ours, whatever it is made of", () => {
    const request = {
      method: "POST",
      host: "127.0.0.1:9080",
      local: { address: "127.0.0.1", port: 9080 },
      isTls: false,
      secFetchSite: undefined,
      secFetchMode: undefined,
      hasCookie: true,
      hasAuthorization: true,
      isUpgrade: false,
    };
    const part = fc.constantFrom("http://", "https://", "127.0.0.1", ":9080", "evil", ".", "@", "/", "null", "#");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const origin = parts.join("");
        const { isOpen } = judgeGate({ ...request, origin }, { allowedHosts: [], origins: [] });
        expect(isOpen).toBe(/^https?:\/\/127\.0\.0\.1:9080$/.test(origin));
      }),
    );
  });
});

describe("headers and bodies", () => {
  it("of strangers are read or refused, never thrown over", () => {
    const proxies = new TrustedProxies(["10.0.0.0/8"]);
    fc.assert(
      fc.property(text, (value) => {
        readCredentials({ authorization: value, cookie: value }, "torrential");
        readCredentials({ authorization: `Basic ${value}`, cookie: undefined }, "torrential");
        parsePosition(value);
        redactText(value);
        viewClient(
          "10.0.0.1",
          { forwardedFor: value, forwardedHost: value, forwardedProto: value },
          { proxies, isTls: false },
        );
        refuses(() => decodeCursor(value));
        refuses(() => parseJsonBody(value));
      }),
    );
  });

  it("that we write have no byte that ends a line", () => {
    fc.assert(
      fc.property(text, (name) => {
        expect(attachment(name)).toMatch(/^[\x20-\x7e]*$/);
        expect(attachment(`${"x".repeat(149)}\u{1f600}${name}`)).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });

  it("that are cursors come back as they went", () => {
    fc.assert(
      fc.property(fc.nat(), fc.oneof(text, fc.integer(), fc.constant(undefined)), (id, value) => {
        expect(decodeCursor(encodeCursor({ id, value }))).toEqual({ id, value });
      }),
    );
  });

  it("with keys of prototypes are refused at any depth", () => {
    const key = fc.constantFrom("__proto__", "constructor", "prototype");
    fc.assert(
      fc.property(key, fc.nat(90), (name, depth) => {
        const body = `${'{"a":['.repeat(depth >> 1)}{"${name}":1}${"]}".repeat(depth >> 1)}`;
        expect(refuses(() => parseJsonBody(body))).toBeUndefined();
      }),
    );
  });
});
