import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCues, subtitleName } from "./subtitles.ts";

describe("subtitles", () => {
  it("are read from WebVTT", () => {
    const text = "WEBVTT - a title\n\nNOTE no cue\n\nfirst\n00:01.500 --> 00:02.000 line:0\n<i>Hello</i>\nthere\n";
    expect(parseCues(text)).toEqual([{ startS: 1.5, endS: 2, text: "<i>Hello</i>\nthere" }]);
  });

  it("are read from SubRip", () => {
    const text = "1\r\n00:00:01,000 --> 00:00:02,250\r\nOne\r\n\r\n2\r\n01:00:00,000 --> 01:00:01,000\r\nTwo\r\n";
    expect(parseCues(text)).toEqual([
      { startS: 1, endS: 2.25, text: "One" },
      { startS: 3_600, endS: 3_601, text: "Two" },
    ]);
  });

  it("survive whatever a stranger calls subtitles", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const { startS, endS } of parseCues(`00:01.000 --> 00:02.000\nx\n\n${text}`))
          expect(endS > startS).toBe(true);
      }),
    );
  });

  it.each([
    ["A film/film.en.vtt", "en"],
    ["A film/film.vtt", "film.vtt"],
    ["Subs/2_English.srt", "2_English"],
  ])("call %s %s", (path, name) => {
    expect(subtitleName(path, "A film/film.webm")).toBe(name);
  });
});
