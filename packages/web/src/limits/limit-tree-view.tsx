/** The tree of limits as a grid: what passes each node, what may pass, and a way to change that. */
import type { LimitNode, LimitSide } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import { Notice } from "../ui/notice.tsx";
import { useFormat } from "../ui/use-format.ts";
import { LimitDialog } from "./limit-dialog.tsx";
import { toRows, type TreeRow } from "./limit-tree.ts";

const REFRESH_MS = 1_000;
const CONNECTION_KINDS: ReadonlySet<string> = new Set(["lan", "wan", "ipv4", "ipv6", "tcp", "utp"]);
const TORRENT_PREFIX = "torrent:";
const ICONS: Readonly<Record<string, IconName>> = {
  global: "globe",
  category: "folder",
  tag: "tag",
  tracker: "server",
  torrent: "file",
  peer: "user",
};

export function LimitTreeView(): React.JSX.Element {
  const { t } = useTranslation();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(["global"]));
  const [edited, setEdited] = useState<LimitNode | undefined>(undefined);
  const opened = [...open].filter((id) => id.startsWith(TORRENT_PREFIX)).map((id) => id.slice(TORRENT_PREFIX.length));
  const tree = useQuery({
    queryKey: ["limits", opened],
    queryFn: () => loadTree(opened),
    refetchInterval: REFRESH_MS,
    placeholderData: (before) => before,
  });
  if (tree.isError && tree.data === undefined) return <Notice title={t("failed")} text={describeError(tree.error)} />;
  const toggle = (id: string): void => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  return (
    <section className="card flex flex-col gap-3 min-w-0" aria-label={t("limitTree.title")}>
      <h2 className="font-semibold text-base">{t("limitTree.title")}</h2>
      <p className="text-dim">{t("limitTree.text")}</p>
      <div className="relative overflow-x-auto">
        <table role="treegrid" aria-label={t("limitTree.title")} className="table table-stacked">
          <thead>
            <tr>
              {["name", "down", "downLimit", "up", "upLimit"].map((name) => (
                <th key={name} scope="col">
                  {t(`limitTree.${name}`)}
                </th>
              ))}
              <th scope="col">
                <span className="sr-only">{t("limitTree.change")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {toRows(tree.data ?? [], open).map((row) => (
              <NodeRow
                key={row.key}
                row={row}
                onToggle={() => toggle(row.node.id)}
                onEdit={() => setEdited(row.node)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {edited !== undefined && <LimitDialog node={edited} onClose={() => setEdited(undefined)} />}
    </section>
  );
}

interface NodeRowProps {
  readonly row: TreeRow;
  readonly onToggle: () => void;
  readonly onEdit: () => void;
}

function NodeRow({ row, onToggle, onEdit }: NodeRowProps): React.JSX.Element {
  const { t } = useTranslation();
  const { node, level, isExpandable, isOpen } = row;
  const name = nameOf(node, t);
  return (
    <tr aria-level={level} {...(isExpandable ? { "aria-expanded": isOpen } : {})}>
      <td className="wide">
        <span className="flex items-center gap-2 min-w-44" style={{ paddingInlineStart: (level - 1) * 20 }}>
          {isExpandable ? (
            <button
              type="button"
              className="icon-button min-w-7! min-h-7!"
              aria-label={t(isOpen ? "files.fold" : "files.unfold", { name })}
              onClick={onToggle}
            >
              <Icon name={isOpen ? "down1" : "right1"} size={14} />
            </button>
          ) : (
            <span className="w-7 shrink-0" />
          )}
          <span className="text-dim shrink-0">
            <Icon name={ICONS[node.kind] ?? "link"} size={16} />
          </span>
          <span className="truncate max-w-80" title={name}>
            {name}
          </span>
        </span>
      </td>
      <Side side={node.down} direction="down" />
      <Side side={node.up} direction="up" />
      <td className="limit-edit text-end justify-end">
        {node.isEditable && (
          <button
            type="button"
            className="icon-button min-h-7!"
            aria-label={t("limitTree.changeOf", { name })}
            onClick={onEdit}
          >
            <Icon name="edit" size={16} />
          </button>
        )}
      </td>
    </tr>
  );
}

/** Kinds of connections have words; all others names that somebody gave them. */
function nameOf({ kind, name }: LimitNode, t: TFunction): string {
  if (kind === "global") return t("limitTree.global");
  return CONNECTION_KINDS.has(kind) ? t(`limitTree.kind.${kind}`) : name;
}

function Side({ side, direction }: { readonly side: LimitSide; readonly direction: "down" | "up" }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const { rateBytesPerSec, limitBytesPerSec, strategy, blocked } = side;
  const used = limitBytesPerSec === undefined ? 0 : Math.min(1, rateBytesPerSec / Math.max(1, limitBytesPerSec));
  return (
    <>
      <td
        data-label={t(`limitTree.${direction}`)}
        className={`whitespace-nowrap ${direction === "down" ? "text-down" : "text-up"}`}
      >
        {format.rate(rateBytesPerSec) || "0"}
      </td>
      <td data-label={t(`limitTree.${direction}Limit`)} className="whitespace-nowrap">
        {limitBytesPerSec === undefined ? (
          <span className="text-dim">{t("limitTree.none")}</span>
        ) : (
          <span className="flex items-center gap-2">
            {format.rate(limitBytesPerSec) || "0"}
            <span aria-hidden="true" className="h-1.5 w-12 rounded bg-line overflow-hidden">
              <span
                className={`block h-full ${used > 0.95 ? "bg-warn" : "bg-accent"}`}
                style={{ width: `${used * 100}%` }}
              />
            </span>
          </span>
        )}
        {strategy.type !== "unlimited" && strategy.type !== "fixed" && (
          <span className="text-sm text-dim">{t(`limitTree.strategy.${strategy.type}`)}</span>
        )}
        {blocked > 0 && <span className="text-sm text-warn">{t("limitTree.blocked", { count: blocked })}</span>}
      </td>
    </>
  );
}

/** `opened`: torrents whose peers are to be shown too. */
async function loadTree(opened: readonly string[]): Promise<readonly LimitNode[]> {
  const queries = [{}, ...opened.map((peersOf) => ({ peersOf }))];
  const trees = await Promise.all(queries.map((query) => client.call("showLimits", { query })));
  const byId = new Map(trees.flatMap(({ nodes }) => nodes.map((node) => [node.id, node] as const)));
  return [...byId.values()];
}
