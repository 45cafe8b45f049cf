/** A torrent's files: progress, priority, opening and playing while they download, renaming. */
import type { Torrent, TorrentFile } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { FileTree } from "../add/file-tree-view.tsx";
import type { Priorities } from "../add/file-tree.ts";
import { client, describeError, queries } from "../live/client.ts";
import { Icon } from "../ui/icon.tsx";
import { copyText } from "../ui/copy-text.ts";
import { Notice } from "../ui/notice.tsx";
import { Progress } from "../ui/progress.tsx";
import { useAct } from "../ui/use-act.ts";
import { Player } from "./player.tsx";
import { isPlayable } from "./media.ts";
import { RenameDialog } from "./rename-dialog.tsx";

export default function FilesTab({ torrent }: { readonly torrent: Torrent }): React.JSX.Element {
  const { t } = useTranslation();
  const act = useAct();
  const [playing, setPlaying] = useState<number | undefined>(undefined);
  const [renaming, setRenaming] = useState<string | undefined>(undefined);
  const ref = torrent.infoHash;
  const files = useQuery({
    queryKey: ["files", ref],
    queryFn: () => client.call("listFiles", { params: { ref } }),
    refetchInterval: torrent.isComplete ? false : 2_000,
  });
  const listed = useMemo(() => (files.data ?? []).filter(({ isPad }) => !isPad), [files.data]);
  const byIndex = useMemo(() => new Map(listed.map((file) => [file.index, file])), [listed]);
  const priorities = useMemo<Priorities>(
    () => new Map(listed.map(({ index, priority }) => [index, priority])),
    [listed],
  );
  if (files.isError) return <Notice title={t("failed")} text={describeError(files.error)} />;
  if (!torrent.hasMetadata) return <Notice title={t("files.noMetadata")} text={t("files.noMetadataHint")} />;
  const change = (next: Priorities): void => {
    const changed = [...next].filter(([index, priority]) => priorities.get(index) !== priority);
    const body = { priorities: Object.fromEntries(changed.map(([index, priority]) => [String(index), priority])) };
    // What was chosen is shown at once; what became of it comes with the next answer.
    void queries.cancelQueries({ queryKey: ["files", ref] });
    queries.setQueryData(
      ["files", ref],
      files.data?.map((file) => ({ ...file, priority: next.get(file.index) ?? file.priority })),
    );
    act(() => client.call("updateFiles", { params: { ref }, body }));
  };
  const played = playing === undefined ? undefined : byIndex.get(playing);
  return (
    <div className="p-3 flex flex-col gap-3">
      {played !== undefined && (
        <Player torrent={torrent} file={played} files={listed} onClose={() => setPlaying(undefined)} />
      )}
      <FileTree
        files={listed}
        priorities={priorities}
        onPriorities={change}
        extra={(index) => {
          const file = byIndex.get(index);
          return file === undefined ? undefined : (
            <FileExtras
              torrent={torrent}
              file={file}
              onPlay={() => setPlaying(index)}
              onRename={() => setRenaming(file.path)}
            />
          );
        }}
      />
      {renaming !== undefined && (
        <RenameDialog torrent={torrent} path={renaming} onClose={() => setRenaming(undefined)} />
      )}
    </div>
  );
}

/** Where there is no room for a bar, the line below the file is one. */
function NarrowProgress({ file: { path, progress } }: { readonly file: TorrentFile }): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <span
      role="progressbar"
      aria-label={t("files.progressOf", { name: path })}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(progress * 100)}
      className="sm:hidden absolute inset-x-0 -bottom-px h-0.5"
    >
      <span
        className={`block h-full ${progress === 1 ? "bg-up" : "bg-accent"}`}
        style={{ width: `${progress * 100}%` }}
      />
    </span>
  );
}

interface FileExtrasProps {
  readonly torrent: Torrent;
  readonly file: TorrentFile;
  readonly onPlay: () => void;
  readonly onRename: () => void;
}

function FileExtras({ torrent, file, onPlay, onRename }: FileExtrasProps): React.JSX.Element {
  const { t } = useTranslation();
  const act = useAct();
  const url = client.url("readFile", { params: { ref: torrent.infoHash, index: file.index } });
  return (
    <>
      <span className="w-28 md:w-32 hidden sm:block">
        <Progress
          share={file.progress}
          label={t("files.progressOf", { name: file.path })}
          tone={file.progress === 1 ? "up" : "accent"}
        />
      </span>
      <NarrowProgress file={file} />
      {isPlayable(file.path) && (
        <button
          type="button"
          className="icon-button"
          aria-label={t("files.play", { name: file.path })}
          onClick={onPlay}
        >
          <Icon name="play" size={16} />
        </button>
      )}
      <a className="icon-button" href={url} download aria-label={t("files.save", { name: file.path })}>
        <Icon name="down" size={16} />
      </a>
      <button
        type="button"
        className="icon-button"
        aria-label={t("files.copyUrl", { name: file.path })}
        onClick={() => act(() => copyText(new URL(url, document.baseURI).href), { message: t("action.copied") })}
      >
        <Icon name="copy" size={16} />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={t("files.rename", { name: file.path })}
        onClick={onRename}
      >
        <Icon name="edit" size={16} />
      </button>
    </>
  );
}
