import { TorrentialError } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { failureOf, formatFailure, toFailure } from "./failure.ts";

const CAUSE = new Error("ENOENT: no such file");

describe("a failure", () => {
  it("is one safe sentence without its full stop", () => {
    const failure = toFailure(new TorrentialError("disk-full", "The disk\nis \u001b[31mfull."));
    expect(failure).toMatchObject({ code: "disk-full", message: "The disk is [31mfull", exitCode: 4 });
    expect(formatFailure(failure, { isVerbose: false })).toBe("torrential: The disk is [31mfull\n");
  });

  it("has its causes for those who ask", () => {
    const inner = new TorrentialError("inner", "in between", { cause: CAUSE });
    const failure = toFailure(new TorrentialError("source-unreadable", "a: no", { cause: inner }));
    expect(formatFailure(failure, { isVerbose: true })).toBe(
      "torrential: a: no\n  caused by TorrentialError: in between\n  caused by Error: ENOENT: no such file\n",
    );
  });

  it("names its subject once", () => {
    const error = new TorrentialError("metainfo-invalid", "metainfo: no info");
    expect(failureOf("a.torrent", error).message).toBe("a.torrent: metainfo: no info");
    expect(failureOf("a.torrent", new TorrentialError("x", "a.torrent: gone")).message).toBe("a.torrent: gone");
    expect(failureOf("magnet:?xt=urn:btih:0", error).message).toBe("metainfo: no info");
  });

  it("that nobody foresaw is a bug of ours", () => {
    expect(toFailure(new TypeError("x is undefined"))).toMatchObject({ code: "bug", exitCode: 70 });
    expect(toFailure("thrown text").message).toContain("thrown text");
  });
});
