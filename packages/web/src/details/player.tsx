/** Plays a file in the page while it downloads; seeking fetches what is sought first. */
import type { Torrent, TorrentFile } from "@torrential/api";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../live/client.ts";
import { Icon } from "../ui/icon.tsx";
import { isVideo, subtitlesOf } from "./media.ts";

export interface PlayerProps {
  readonly torrent: Torrent;
  readonly file: TorrentFile;
  readonly files: readonly TorrentFile[];
  readonly onClose: () => void;
}

export function Player({ torrent, file, files, onClose }: PlayerProps): React.JSX.Element {
  const { t } = useTranslation();
  const [hasFailed, setFailed] = useState(false);
  const urlOf = ({ index }: TorrentFile): string =>
    client.url("readFile", { params: { ref: torrent.infoHash, index } });
  const shared = { src: urlOf(file), controls: true, autoPlay: true, onError: () => setFailed(true) };
  return (
    <section aria-label={t("player.name", { name: file.path })} className="flex flex-col gap-2">
      <header className="flex items-center gap-2">
        <h3 className="flex-1 truncate font-semibold">{file.path}</h3>
        <button type="button" className="icon-button" aria-label={t("player.close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {isVideo(file.path) ? (
        <video key={file.index} {...shared} className="w-full max-h-[60vh] bg-black">
          {subtitlesOf(file, files).map((subtitle) => (
            <track key={subtitle.index} kind="subtitles" src={urlOf(subtitle)} label={subtitle.path} />
          ))}
        </video>
      ) : (
        <audio key={file.index} {...shared} className="w-full">
          <track kind="captions" />
        </audio>
      )}
      {hasFailed && <p className="text-warn">{t("player.failed")}</p>}
    </section>
  );
}
