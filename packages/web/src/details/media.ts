/** Which files a browser may play, and which subtitles lie beside them. */
const VIDEO: ReadonlySet<string> = new Set(["mp4", "m4v", "webm", "mkv", "mov", "ogv"]);
const AUDIO: ReadonlySet<string> = new Set(["mp3", "m4a", "aac", "flac", "ogg", "oga", "opus", "wav"]);

export function extensionOf(path: string): string {
  return /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
}

export function isVideo(path: string): boolean {
  return VIDEO.has(extensionOf(path));
}

export function isPlayable(path: string): boolean {
  return isVideo(path) || AUDIO.has(extensionOf(path));
}

const SUBTITLES: ReadonlySet<string> = new Set(["vtt", "srt"]);

/** Subtitles whose name begins with that of the video; or, for the only video, all that are there. */
export function subtitlesOf<File extends { readonly path: string }>(
  video: File,
  files: readonly File[],
): readonly File[] {
  const stem = video.path.slice(0, -extensionOf(video.path).length - 1);
  const subtitles = files.filter(({ path }) => SUBTITLES.has(extensionOf(path)));
  const isOnly = files.filter(({ path }) => isVideo(path)).length === 1;
  return isOnly ? subtitles : subtitles.filter(({ path }) => path.startsWith(stem));
}
