/** A tree of files in which each file and folder can be wanted or not, and how much. */
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/icon.tsx";
import { useFormat } from "../ui/use-format.ts";
import {
  buildTree,
  type Priorities,
  PRIORITY_NORMAL,
  setPriority,
  sharedPriority,
  type TreeFile,
  type TreeNode,
} from "./file-tree.ts";

/** Nodes beyond are shown when their folder is opened. */
const OPEN_AT_FIRST_MAX = 200;
const PRIORITIES = [
  [0, "priority.skip"],
  [1, "priority.low"],
  [4, "priority.normal"],
  [7, "priority.high"],
] as const;

export interface FileTreeProps {
  readonly files: readonly TreeFile[];
  readonly priorities: Priorities;
  readonly onPriorities: (priorities: Priorities) => void;
  /** What else to show beside a file. */
  readonly extra?: (file: number) => React.ReactNode;
}

export function FileTree({ files, priorities, onPriorities, extra }: FileTreeProps): React.JSX.Element {
  const { t } = useTranslation();
  const tree = useMemo(() => buildTree(files), [files]);
  return (
    <ul role="tree" aria-label={t("files.name")} className="tree text-sm">
      {tree.map((node) => (
        <Node
          key={node.path}
          node={node}
          depth={0}
          isOpenAtFirst={files.length <= OPEN_AT_FIRST_MAX}
          priorities={priorities}
          onPriorities={onPriorities}
          extra={extra}
        />
      ))}
    </ul>
  );
}

interface NodeProps extends Omit<FileTreeProps, "files" | "extra"> {
  readonly node: TreeNode;
  readonly depth: number;
  readonly isOpenAtFirst: boolean;
  readonly extra: FileTreeProps["extra"] | undefined;
}

function Node({ node, depth, isOpenAtFirst, priorities, onPriorities, extra }: NodeProps): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const isFolder = node.children.length > 0;
  const priority = sharedPriority(node, priorities);
  const [file = -1] = node.files;
  return (
    <li role="treeitem" aria-expanded={isFolder ? isOpen : undefined}>
      <div
        className={`relative flex ${isFolder ? "" : "flex-wrap"} sm:flex-nowrap items-center gap-x-2 min-h-10 py-0.5 border-b border-line`}
        style={{ paddingInlineStart: `calc(var(--indent) * ${depth})` }}
      >
        {isFolder ? (
          <button
            type="button"
            className="icon-button min-w-7! min-h-7!"
            aria-label={t(isOpen ? "files.fold" : "files.unfold", { name: node.name })}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name={isOpen ? "down1" : "right1"} size={14} />
          </button>
        ) : (
          <span className="w-7 text-dim flex justify-center">
            <Icon name="file" size={14} />
          </span>
        )}
        <input
          type="checkbox"
          aria-label={t("files.want", { name: node.name })}
          checked={priority === undefined || priority > 0}
          ref={(box) => {
            if (box !== null) box.indeterminate = priority === undefined;
          }}
          onChange={(event) => onPriorities(setPriority(priorities, node, event.target.checked ? PRIORITY_NORMAL : 0))}
        />
        <span
          className={`flex-1 ${isFolder ? "min-w-0" : "min-w-40"} truncate ${isFolder ? "font-medium" : ""} ${priority === 0 ? "text-dim line-through" : ""}`}
          title={node.path}
        >
          {node.name}
        </span>
        <span className="flex items-center gap-1 sm:gap-2 ms-auto">
          {!isFolder && extra?.(file)}
          <span className="w-18 text-end text-dim tabular-nums whitespace-nowrap">{format.bytes(node.sizeBytes)}</span>
          <PrioritySelect
            name={node.name}
            priority={priority}
            onPriority={(chosen) => onPriorities(setPriority(priorities, node, chosen))}
          />
        </span>
      </div>
      {isFolder && isOpen && (
        <ul role="group">
          {node.children.map((child) => (
            <Node
              key={child.path}
              node={child}
              depth={depth + 1}
              isOpenAtFirst={isOpenAtFirst}
              priorities={priorities}
              onPriorities={onPriorities}
              extra={extra}
            />
          ))}
        </ul>
      )}
    </li>
  );
}

interface PrioritySelectProps {
  readonly name: string;
  /** Undefined when files of a folder differ. */
  readonly priority: number | undefined;
  readonly onPriority: (priority: number) => void;
}

function PrioritySelect({ name, priority, onPriority }: PrioritySelectProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <select
      className="field w-22! sm:w-24! min-h-8! px-1!"
      aria-label={t("files.priorityOf", { name })}
      value={priority === undefined ? "" : nearest(priority)}
      onChange={(event) => onPriority(Number(event.target.value))}
    >
      {priority === undefined && <option value="">{t("priority.mixed")}</option>}
      {PRIORITIES.map(([value, words]) => (
        <option key={value} value={value}>
          {t(words)}
        </option>
      ))}
    </select>
  );
}

/** Other programs set priorities between ours. */
function nearest(priority: number): number {
  if (priority === 0) return 0;
  return priority < 4 ? 1 : priority === 4 ? 4 : 7;
}
