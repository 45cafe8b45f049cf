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
    const film = { path: "d/film.mp4" };
    const files = [film, ...["d/film.en.vtt", "d/other.srt", "film.vtt"].map((path) => ({ path }))];
    const find = (more: readonly string[]): readonly string[] =>
      subtitlesOf(film, [...files, ...more.map((path) => ({ path }))]).map(({ path }) => path);
    expect(find(["d/other.mkv"])).toEqual(["d/film.en.vtt"]);
    expect(find([])).toEqual(["d/film.en.vtt", "d/other.srt", "film.vtt"]);
  });
});
