/** Adding torrents: files and links in, a look at what is inside, where to and how, then all at once. */
import type { AddOptions, AddTorrentsReply, TorrentPreview } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError, queries } from "../live/client.ts";
import { Icon } from "../ui/icon.tsx";
import { Labelled } from "../ui/labelled.tsx";
import { Modal } from "../ui/modal.tsx";
import { useFormat } from "../ui/use-format.ts";
import { useToast } from "../ui/toasts.tsx";
import { AddOptionsFields } from "./add-options.tsx";
import type { Priorities } from "./file-tree.ts";
import { FileTree } from "./file-tree-view.tsx";
import { type NamedSource, parseLinks, readFiles } from "./sources.ts";

export interface AddDialogProps {
  /** Dropped or pasted on the page. */
  readonly initial: readonly NamedSource[];
  readonly onClose: () => void;
}

export function AddDialog({ initial, onClose }: AddDialogProps): React.JSX.Element {
  const { t } = useTranslation();
  const show = useToast();
  const [files, setFiles] = useState(initial);
  const [links, setLinks] = useState("");
  const [options, setOptions] = useState<AddOptions>({});
  const [priorities, setPriorities] = useState<Priorities>(new Map());
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const sources = [...files, ...parseLinks(links)];
  const [only] = sources;
  const single = sources.length === 1 ? only : undefined;

  const add = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const filePriorities = toList(priorities);
      const sent = single !== undefined && filePriorities.length > 0 ? { ...options, filePriorities } : options;
      const body = { sources: sources.map(({ source }) => source), options: sent };
      const reply = await client.call("addTorrents", { body, idempotencyKey: crypto.randomUUID() });
      const failed = tell(reply, sources);
      await queries.invalidateQueries();
      if (failed.length === 0) onClose();
      else setProblem(failed.join("\n"));
      const added = reply.results.filter(({ status }) => status === "added").length;
      if (added > 0) show({ message: t("add.done", { count: added }) });
    } catch (error) {
      setProblem(describeError(error));
    }
    setBusy(false);
  };
  const take = (chosen: FileList | null): void => {
    readFiles(chosen ?? []).then(
      (read) => setFiles((present) => [...present, ...read]),
      (error: unknown) => setProblem(describeError(error)),
    );
  };
  return (
    <Modal title={t("add.title")} isOpen onClose={onClose} isWide>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <SourceFields links={links} onLinks={setLinks} onFiles={take} />
        <FileChips files={files} onFiles={setFiles} />
        {single !== undefined && <Preview source={single} priorities={priorities} onPriorities={setPriorities} />}
        <AddOptionsFields options={options} onOptions={setOptions} />
        {problem !== undefined && (
          <p role="alert" className="text-bad whitespace-pre-line wrap-anywhere">
            {problem}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" className="button button-main" disabled={isBusy || sources.length === 0}>
            {t("add.confirm", { count: sources.length })}
          </button>
        </div>
      </form>
    </Modal>
  );
}

interface SourceFieldsProps {
  readonly links: string;
  readonly onLinks: (links: string) => void;
  readonly onFiles: (files: FileList | null) => void;
}

function SourceFields({ links, onLinks, onFiles }: SourceFieldsProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Labelled label={t("add.files")} hint={t("add.dropHint")}>
        {(ids) => (
          <input
            {...ids}
            className="field"
            type="file"
            multiple
            accept=".torrent,application/x-bittorrent"
            onChange={(event) => onFiles(event.target.files)}
          />
        )}
      </Labelled>
      <Labelled label={t("add.links")} hint={t("add.linksHint")}>
        {(ids) => (
          <textarea
            {...ids}
            className="field min-h-20"
            rows={3}
            value={links}
            onChange={(event) => onLinks(event.target.value)}
          />
        )}
      </Labelled>
    </div>
  );
}

interface FileChipsProps {
  readonly files: readonly NamedSource[];
  readonly onFiles: (files: readonly NamedSource[]) => void;
}

/** What is added besides the links, each with a way out. */
function FileChips({ files, onFiles }: FileChipsProps): React.JSX.Element | undefined {
  const { t } = useTranslation();
  if (files.length === 0) return undefined;
  return (
    <ul className="flex flex-col gap-1">
      {files.map((each, index) => (
        <li key={`${each.name}-${index}`} className="flex items-center gap-2">
          <Icon name="file" size={16} />
          <span className="flex-1 truncate">{each.name}</span>
          <button
            type="button"
            className="icon-button"
            aria-label={t("add.leaveOut", { name: each.name })}
            onClick={() => onFiles(files.filter((other) => other !== each))}
          >
            <Icon name="close" size={16} />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** A sentence for each source that is not in the list now. */
function tell({ results }: AddTorrentsReply, sources: readonly NamedSource[]): readonly string[] {
  return results.flatMap(({ status, problem }, index) =>
    status === "failed" ? [`${sources[index]?.name ?? ""}: ${problem?.detail ?? problem?.title ?? ""}`] : [],
  );
}

/** The API's list is by index, without gaps. */
function toList(priorities: Priorities): readonly number[] {
  if (priorities.size === 0) return [];
  const last = Math.max(...priorities.keys());
  return Array.from({ length: last + 1 }, (_, index) => priorities.get(index) ?? 4);
}

interface PreviewProps {
  readonly source: NamedSource;
  readonly priorities: Priorities;
  readonly onPriorities: (priorities: Priorities) => void;
}

function Preview({ source, priorities, onPriorities }: PreviewProps): React.JSX.Element {
  const { t } = useTranslation();
  const preview = useQuery({
    queryKey: ["preview", source.name, source.source],
    queryFn: () => client.call("previewTorrent", { body: source.source }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (preview.isPending) return <p className="text-dim">{t("loading")}</p>;
  if (preview.isError) return <p className="text-bad wrap-anywhere">{describeError(preview.error)}</p>;
  return <PreviewBody preview={preview.data} priorities={priorities} onPriorities={onPriorities} />;
}

function PreviewBody({
  preview,
  priorities,
  onPriorities,
}: Omit<PreviewProps, "source"> & { readonly preview: TorrentPreview }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const wanted = preview.files.reduce((sum, file) => sum + (priorities.get(file.index) === 0 ? 0 : file.sizeBytes), 0);
  return (
    <section className="rounded-lg border border-line">
      <header className="px-3 py-2 border-b border-line">
        <p className="font-semibold wrap-anywhere">{preview.name}</p>
        <p className="text-dim">
          {preview.hasMetadata
            ? t("add.summary", {
                wanted: format.bytes(wanted),
                size: format.bytes(preview.sizeBytes),
                count: preview.files.length,
              })
            : t("add.noMetadata")}
          {preview.isPrivate ? ` · ${t("add.private")}` : ""}
        </p>
        {preview.isDuplicate && <p className="text-warn">{t("add.duplicate")}</p>}
      </header>
      {preview.files.length > 0 && (
        <div className="max-h-64 overflow-auto px-2">
          <FileTree files={preview.files} priorities={priorities} onPriorities={onPriorities} />
        </div>
      )}
    </section>
  );
}
