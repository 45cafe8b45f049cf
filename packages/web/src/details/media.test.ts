import { describe, expect, it } from "vitest";
import { isPlayable, isVideo, subtitlesOf } from "./media.ts";

describe("media", () => {
  it.each([
    ["a/film.MP4", true, true],
    ["song.flac", true, false],
    ["notes.txt", false, false],
    ["mp4", false, false],
  ])("%s", (path, playable, video) => {
    expect([isPlayable(path), isVideo(path)]).toEqual([playable, video]);
  });

  it("finds subtitles beside a film", () => {
    const files = ["d/film.mp4", "d/film.en.vtt", "d/other.vtt", "film.vtt"].map((path) => ({ path }));
    const [film] = files;
    if (film === undefined) throw new Error("no film");
    expect(subtitlesOf(film, files).map(({ path }) => path)).toEqual(["d/film.en.vtt"]);
  });
});
