import { describe, expect, it } from "vitest";
import { redactUrl } from "./redact.ts";

describe("redacted url", () => {
  it.each([
    ["https://tracker.example/announce", "https://tracker.example/announce"],
    [
      "https://me:pw@tracker.example:8443/announce?passkey=abc&x",
      "https://tracker.example:8443/announce?passkey=…&x=…",
    ],
    ["https://tracker.example/d41d8cd98f00b204e9800998ecf8427e/announce", "https://tracker.example/…/announce"],
    ["udp://tracker.example:6969/announce?key=1", "udp://tracker.example:6969/announce?key=…"],
    ["http://tracker.example/a?info_hash=%01&peer_id=x", "http://tracker.example/a"],
    ["http://tracker.example/a?passkey=abc&info_hash=%01&port=1", "http://tracker.example/a?passkey=…"],
    ["not a url with a secret", "(unreadable URL)"],
  ])("shows %s as %s", (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});
