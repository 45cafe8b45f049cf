import { describe, expect, it } from "vitest";
import { parseLinks } from "./sources.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";

describe("links that are pasted", () => {
  it("are magnet links, URLs and bare info-hashes, a line each", () => {
    const magnet = `magnet:?xt=urn:btih:${HASH}&dn=A%20name`;
    const found = parseLinks(`${magnet}\r\n\n https://host.example/x.torrent\n${HASH}\n`);
    expect(found.map(({ name, source }) => [name, source.type])).toEqual([
      ["A name", "magnet"],
      ["https://host.example/x.torrent", "url"],
      [HASH, "magnet"],
    ]);
  });

  it.each(["javascript:alert(1)", "file:///etc/passwd", "hello", "<img src=x>", "ftp://host/x"])(
    "are not %s",
    (text) => {
      expect(parseLinks(text)).toEqual([]);
    },
  );
});
