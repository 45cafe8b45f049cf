/** Plays a file in the page while it downloads; seeking fetches what is sought first. Subtitles beside it are offered. */
import type { Torrent, TorrentFile } from "@torrential/api";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { Icon } from "../ui/icon.tsx";
import { isVideo, subtitlesOf } from "./media.ts";
import { parseCues, subtitleName } from "./subtitles.ts";

export interface PlayerProps {
  readonly torrent: Torrent;
  readonly file: TorrentFile;
  readonly files: readonly TorrentFile[];
  readonly onClose: () => void;
}

export function Player({ torrent, file, files, onClose }: PlayerProps): React.JSX.Element {
  const { t } = useTranslation();
  const [hasFailed, setFailed] = useState(false);
  const src = client.url("readFile", { params: { ref: torrent.infoHash, index: file.index } });
  const shared = { src, controls: true, autoPlay: true, onError: () => setFailed(true) };
  return (
    <section aria-label={t("player.name", { name: file.path })} className="flex flex-col gap-2">
      <header className="flex items-center gap-2">
        <h3 className="flex-1 truncate font-semibold">{file.path}</h3>
        <button type="button" className="icon-button" aria-label={t("player.close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {isVideo(file.path) ? (
        <Video key={file.index} torrent={torrent} file={file} files={files} media={shared} />
      ) : (
        <audio key={file.index} {...shared} className="w-full">
          <track kind="captions" />
        </audio>
      )}
      {hasFailed && (
        <p role="alert" className="text-warn">
          {t("player.failed")}
        </p>
      )}
    </section>
  );
}

interface VideoProps extends Omit<PlayerProps, "onClose"> {
  readonly media: React.VideoHTMLAttributes<HTMLVideoElement>;
}

function Video({ torrent, file, files, media }: VideoProps): React.JSX.Element {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const offered = subtitlesOf(file, files);
  const subtitle = offered.find(({ index }) => index === chosen);
  const problem = useSubtitle(video, torrent.infoHash, subtitle);
  return (
    <>
      <video ref={video} {...media} className="w-full max-h-[60vh] bg-black">
        <track kind="captions" />
      </video>
      {offered.length > 0 && (
        <label className="flex flex-wrap items-center gap-2">
          {t("player.subtitles")}
          <select
            className="field w-auto!"
            value={chosen ?? ""}
            onChange={({ target }) => setChosen(target.value === "" ? undefined : Number(target.value))}
          >
            <option value="">{t("player.noSubtitles")}</option>
            {offered.map(({ index, path }) => (
              <option key={index} value={index}>
                {subtitleName(path, file.path)}
              </option>
            ))}
          </select>
          {problem !== undefined && <span className="text-bad">{problem}</span>}
        </label>
      )}
    </>
  );
}

/** Shows the subtitles of a file over the video, read whole; returns what went wrong. */
function useSubtitle(
  video: React.RefObject<HTMLVideoElement | null>,
  infoHash: string,
  subtitle: TorrentFile | undefined,
): string | undefined {
  const [problem, setProblem] = useState<string | undefined>(undefined);
  // One for all subtitles: a track that was added cannot be taken away.
  const added = useRef<TextTrack | undefined>(undefined);
  const index = subtitle?.index;
  useEffect(() => {
    setProblem(undefined);
    added.current ??= video.current?.addTextTrack("subtitles");
    const track = added.current;
    if (track === undefined || index === undefined) return undefined;
    const ended = new AbortController();
    client
      .request("readFile", { params: { ref: infoHash, index }, signal: ended.signal })
      .then(async (response) => {
        const cues = parseCues(await response.text());
        if (ended.signal.aborted) return;
        for (const { startS, endS, text } of cues) track.addCue(new VTTCue(startS, endS, text));
        track.mode = "showing";
      })
      .catch((error: unknown) => {
        if (!ended.signal.aborted) setProblem(describeError(error));
      });
    return () => {
      ended.abort();
      for (const cue of [...(track.cues ?? [])]) track.removeCue(cue);
      track.mode = "disabled";
    };
  }, [video, infoHash, index]);
  return problem;
}
