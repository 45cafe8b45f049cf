import { describe, expect, it } from "vitest";
import { kindOfSource, loadSource, needTorrent } from "./source.ts";

const FIXTURES = new URL("../../core/test/fixtures/", import.meta.url);

function noFetch(): Promise<Uint8Array> {
  return Promise.reject(new Error("nothing is to be fetched"));
}

describe("the kind of a source", () => {
  it.each([
    ["a.torrent", "file"],
    ["/abs/a.torrent", "file"],
    ["C:\\a.torrent", "file"],
    ["http://a.example/a", "url"],
    ["HTTPS://a.example/a", "url"],
    ["magnet:?xt=urn:btih:0", "magnet"],
  ] as const)("of %s is %s", (source, kind) => {
    expect(kindOfSource(source)).toBe(kind);
  });

  it("is none for other schemes", () => {
    expect(() => kindOfSource("gopher://a.example/x")).toThrow(/scheme gopher, wanted http/);
  });
});

describe("a source", () => {
  it("is loaded from a file", async () => {
    const loaded = await loadSource(new URL("v1-single.torrent", FIXTURES).pathname, noFetch);
    expect(needTorrent(loaded).kind).toBe("v1");
  });

  it("is fetched from a URL", async () => {
    const loaded = loadSource("http://a.example/x", () => Promise.resolve(new TextEncoder().encode("spam")));
    await expect(loaded).rejects.toMatchObject({ code: "metainfo-invalid" });
  });

  it("that is not there is said in words, with its cause", async () => {
    const loaded = loadSource("no-such.torrent", noFetch);
    await expect(loaded).rejects.toMatchObject({
      code: "source-unreadable",
      message: "no-such.torrent: could not be read: there is no such file",
      cause: { code: "ENOENT" },
    });
  });

  it("that is a folder is none", async () => {
    await expect(loadSource(import.meta.dirname, noFetch)).rejects.toThrow(/got a folder/);
  });

  it("is read no further than a torrent may be long", async () => {
    await expect(loadSource("/dev/zero", noFetch)).rejects.toMatchObject({ code: "metainfo-limit" });
  });

  it("that cannot be downloaded yet says so", async () => {
    const magnet = await loadSource(`magnet:?xt=urn:btih:${"0".repeat(40)}&dn=a`, noFetch);
    expect(() => needTorrent(magnet)).toThrow(/magnet link of a: .* wanted a .torrent file/);
    const v2 = await loadSource(new URL("v2-single.torrent", FIXTURES).pathname, noFetch);
    expect(() => needTorrent(v2)).toThrow(/v2 only are not supported yet/);
  });
});
