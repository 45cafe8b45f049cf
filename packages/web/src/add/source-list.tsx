/** What is to be added: each source with what is in it, what of it is wanted, and what became of it. */
import type { TorrentPreview } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { Icon } from "../ui/icon.tsx";
import { useFormat } from "../ui/use-format.ts";
import type { Priorities } from "./file-tree.ts";
import { FileTree } from "./file-tree-view.tsx";
import { keyOf, type Outcome } from "./sending.ts";
import type { NamedSource } from "./sources.ts";

const NO_PRIORITIES: Priorities = new Map();

export interface SourceListProps {
  readonly sources: readonly NamedSource[];
  readonly priorities: ReadonlyMap<string, Priorities>;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly onPriorities: (key: string, priorities: Priorities) => void;
  readonly onLeaveOut: (source: NamedSource) => void;
  readonly onMerge: (source: NamedSource) => void;
}

export function SourceList(props: SourceListProps): React.JSX.Element | undefined {
  const { t } = useTranslation();
  const { sources, priorities, outcomes, onPriorities, onLeaveOut, onMerge } = props;
  if (sources.length === 0) return undefined;
  return (
    <ul aria-label={t("add.sources")} className="flex flex-col gap-2">
      {sources.map((source) => {
        const key = keyOf(source);
        return (
          <SourceCard
            key={key}
            source={source}
            isOpenAtFirst={sources.length === 1}
            priorities={priorities.get(key) ?? NO_PRIORITIES}
            outcome={outcomes.get(key)}
            onPriorities={(next) => onPriorities(key, next)}
            onLeaveOut={() => onLeaveOut(source)}
            onMerge={() => onMerge(source)}
          />
        );
      })}
    </ul>
  );
}

interface SourceCardProps {
  readonly source: NamedSource;
  readonly isOpenAtFirst: boolean;
  readonly priorities: Priorities;
  readonly outcome: Outcome | undefined;
  readonly onPriorities: (priorities: Priorities) => void;
  readonly onLeaveOut: () => void;
  readonly onMerge: () => void;
}

function SourceCard(props: SourceCardProps): React.JSX.Element {
  const { source, isOpenAtFirst, priorities, outcome, onPriorities, onLeaveOut, onMerge } = props;
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const preview = useQuery({
    queryKey: ["preview", keyOf(source)],
    queryFn: () => client.call("previewTorrent", { body: source.source }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const { data } = preview;
  const files = data?.files ?? [];
  const isDuplicate = outcome?.status === "duplicate" || (outcome === undefined && data?.isDuplicate === true);
  return (
    <li className="rounded-lg border border-line">
      <div className="flex items-center gap-2 ps-2 pe-1 py-1">
        <button
          type="button"
          className="icon-button min-w-7! min-h-7!"
          disabled={files.length === 0}
          aria-expanded={isOpen && files.length > 0}
          aria-label={t(isOpen ? "files.fold" : "files.unfold", { name: data?.name ?? source.name })}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen && files.length > 0 ? "down1" : "right1"} size={14} />
        </button>
        <div className="flex-1 min-w-0">
          <p className="font-semibold truncate" title={data?.name ?? source.name}>
            {data?.name ?? source.name}
          </p>
          <p className="text-sm text-dim">
            {preview.isPending && t("loading")}
            {data !== undefined && <Summary preview={data} priorities={priorities} />}
          </p>
          {preview.isError && <p className="text-sm text-bad wrap-anywhere">{describeError(preview.error)}</p>}
          {outcome?.status === "failed" && <p className="text-sm text-bad wrap-anywhere">{outcome.message}</p>}
          {outcome?.status === "merged" && <p className="text-sm text-up">{t("add.merged")}</p>}
        </div>
        <button
          type="button"
          className="icon-button"
          aria-label={t("add.leaveOut", { name: source.name })}
          onClick={onLeaveOut}
        >
          <Icon name="close" size={16} />
        </button>
      </div>
      {isDuplicate && (
        <div className="flex flex-wrap items-center gap-2 px-3 pb-2">
          <p className="text-warn flex-1">{t("add.duplicate")}</p>
          <button type="button" className="button" onClick={onMerge}>
            {t("add.merge")}
          </button>
        </div>
      )}
      {isOpen && files.length > 0 && (
        <div className="max-h-64 overflow-auto px-2 border-t border-line">
          <FileTree files={files} priorities={priorities} onPriorities={onPriorities} />
        </div>
      )}
    </li>
  );
}

interface SummaryProps {
  readonly preview: TorrentPreview;
  readonly priorities: Priorities;
}

function Summary({ preview, priorities }: SummaryProps): string {
  const { t } = useTranslation();
  const format = useFormat();
  const wanted = preview.files.reduce((sum, file) => sum + (priorities.get(file.index) === 0 ? 0 : file.sizeBytes), 0);
  const size = t("add.summary", {
    wanted: format.bytes(wanted),
    size: format.bytes(preview.sizeBytes),
    count: preview.files.length,
  });
  return [preview.hasMetadata ? size : t("add.noMetadata"), preview.isPrivate ? t("add.private") : ""]
    .filter((part) => part !== "")
    .join(" · ");
}
