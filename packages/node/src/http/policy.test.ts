import { describe, expect, it } from "vitest";
import { isBadPort, urlPolicy, type UrlKind } from "./policy.ts";

const PUBLIC = "93.184.216.34";
const isAllowed = (kind: UrlKind, address: string, path: string): boolean =>
  urlPolicy({ kind, url: new URL(`http://name.example${path}`), address, redirectedFrom: undefined }) === undefined;

describe("url policy", () => {
  it.each<[UrlKind, string, string, boolean]>([
    ["tracker", PUBLIC, "/any", true],
    ["web-seed", PUBLIC, "/any?x", true],
    ["torrent-file", PUBLIC, "/any", true],
    ["tracker", "127.0.0.1", "/announce", true],
    ["tracker", "127.0.0.1", "/announce.php", false],
    ["tracker", "127.0.0.1", "/transmission/announce", false],
    ["tracker", "::1", "/announce", true],
    ["tracker", "::ffff:127.0.0.1", "/", false],
    ["web-seed", "127.0.0.1", "/announce", false],
    ["torrent-file", "127.8.8.8", "/announce", false],
    ["user-torrent-file", "127.0.0.1", "/x.torrent", true],
    ["tracker", "192.168.1.5", "/announce.php", true],
    ["tracker", "192.168.1.5", "/reboot", false],
    ["web-seed", "10.0.0.5", "/file.iso", true],
    ["web-seed", "10.0.0.5", "/do?it", false],
    ["torrent-file", "10.0.0.5", "/x.torrent", false],
    ["user-torrent-file", "10.0.0.5", "/x.torrent", true],
  ])("answers %s at %s%s: %s", (kind, address, path, expected) => {
    expect(isAllowed(kind, address, path)).toBe(expected);
  });

  it.each([
    "169.254.169.254",
    "fd00:ec2::254",
    "fe80::1",
    "224.0.0.1",
    "0.0.0.0",
    "::",
    "255.255.255.255",
    "::ffff:169.254.169.254",
  ])("never leads to %s", (address) => {
    const kinds: UrlKind[] = ["tracker", "web-seed", "torrent-file", "user-torrent-file"];
    expect(kinds.filter((kind) => isAllowed(kind, address, "/announce"))).toEqual([]);
  });

  it("follows no redirect from a public address into the house", () => {
    const url = new URL("http://name.example/announce");
    expect(urlPolicy({ kind: "tracker", url, address: "192.168.1.5", redirectedFrom: "public" })).toContain(
      "redirected",
    );
    expect(urlPolicy({ kind: "user-torrent-file", url, address: "127.0.0.1", redirectedFrom: "public" })).toContain(
      "redirected",
    );
    expect(urlPolicy({ kind: "tracker", url, address: PUBLIC, redirectedFrom: "public" })).toBeUndefined();
  });

  it("knows the ports of other services", () => {
    expect([22, 25, 6667, 80, 443, 6969, 8080].map(isBadPort)).toEqual([true, true, true, false, false, false, false]);
  });
});
