/** Subtitles beside a video: SubRip as WebVTT has it, since browsers read only that. */

export interface Cue {
  readonly startS: number;
  readonly endS: number;
  readonly text: string;
}

const TIMES = /^\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})\s*-->\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})/;
/** More than any film has. */
const CUES_MAX = 20_000;

/** Cues of a WebVTT or SubRip file, in its order; blocks that are neither are left out. */
export function parseCues(text: string): readonly Cue[] {
  const cues: Cue[] = [];
  for (const block of text.replaceAll(/\r\n?/g, "\n").split(/\n{2,}/)) {
    const lines = block.split("\n");
    const at = lines.findIndex((line) => TIMES.test(line));
    const times = TIMES.exec(lines[at] ?? "");
    if (times === null) continue;
    const [startS, endS] = [secondsOf(times[1] ?? ""), secondsOf(times[2] ?? "")];
    const words = lines
      .slice(at + 1)
      .join("\n")
      .trim();
    if (endS > startS && words !== "") cues.push({ startS, endS, text: words });
    if (cues.length >= CUES_MAX) break;
  }
  return cues;
}

function secondsOf(time: string): number {
  return time
    .replace(",", ".")
    .split(":")
    .reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** "film.en.srt" beside "film.webm" is "en". */
export function subtitleName(subtitle: string, video: string): string {
  const stem = video.slice(0, video.lastIndexOf("."));
  const rest = subtitle.startsWith(stem) ? subtitle.slice(stem.length) : subtitle.slice(subtitle.lastIndexOf("/") + 1);
  const name = rest.slice(0, Math.max(0, rest.lastIndexOf("."))).replace(/^[._ -]+/, "");
  return name === "" ? subtitle.slice(subtitle.lastIndexOf("/") + 1) : name;
}
