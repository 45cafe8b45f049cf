/** The menu of what can be done to the chosen torrents; in the context menu, and behind the tool bar's last button. */
import type { Menu } from "@base-ui/react/menu";
import type { ContextMenu } from "@base-ui/react/context-menu";
import { useTranslation } from "react-i18next";
import { useRoute } from "../app/route.ts";
import { useCategories } from "../filters/use-labels.ts";
import { client } from "../live/client.ts";
import { Dot } from "../ui/dot.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { copyText } from "../ui/copy-text.ts";
import { useAct } from "../ui/use-act.ts";
import { type ListAction, MORE_ACTIONS, QUEUE_ACTIONS, RUN_ACTIONS } from "./actions.ts";
import { countSelected, type Selection } from "./selection.ts";
import { type RunAction, useActions } from "./use-actions.ts";
import { openDialog } from "./dialogs.ts";

const EDITS = [
  ["options", "tune"],
  ["labels", "edit"],
  ["limits", "turtle"],
  ["move", "folder"],
] as const;

export interface ActionItemsProps {
  readonly selection: Selection;
  readonly total: number;
  readonly onRemove: () => void;
  /** Which menu the items stand in. */
  readonly parts: typeof Menu | typeof ContextMenu;
}

export function ActionItems({ selection, total, onRemove, parts }: ActionItemsProps): React.JSX.Element {
  const { t } = useTranslation();
  const [, go] = useRoute();
  const run = useActions(selection);
  const [single] = selection.isAll ? [] : [...selection.hashes];
  const isSingle = countSelected(selection, total) === 1 && single !== undefined;
  const { Item, Separator } = parts;
  const item = ({ action, icon }: ListAction): React.JSX.Element => (
    <Item key={action} className="menu-item" onClick={() => void run(action)}>
      <Icon name={icon} size={16} />
      {t(`action.${action}`)}
    </Item>
  );
  return (
    <>
      <div className="px-2 py-1 text-sm text-dim">{t("list.chosen", { count: countSelected(selection, total) })}</div>
      {RUN_ACTIONS.map(item)}
      <Separator className="my-1 border-t border-line" />
      <Item className="menu-item" disabled={!isSingle} onClick={() => go({ torrent: single })}>
        <Icon name="list" size={16} />
        {t("action.details")}
      </Item>
      {EDITS.map(([dialog, icon]) => (
        <Item key={dialog} className="menu-item" onClick={() => openDialog(dialog)}>
          <Icon name={icon} size={16} />
          {t(`action.${dialog}`)}
        </Item>
      ))}
      <SubMenu parts={parts} icon="tag" label={t("field.category")}>
        <CategoryItems parts={parts} run={run} />
      </SubMenu>
      {MORE_ACTIONS.map(item)}
      <Separator className="my-1 border-t border-line" />
      <SubMenu parts={parts} icon="queue" label={t("action.queue")}>
        {QUEUE_ACTIONS.map(item)}
      </SubMenu>
      <SubMenu parts={parts} icon="copy" label={t("action.copy")} isDisabled={!isSingle}>
        {single !== undefined && <CopyItems parts={parts} infoHash={single} />}
      </SubMenu>
      <Separator className="my-1 border-t border-line" />
      <Item className="menu-item text-bad" onClick={onRemove}>
        <Icon name="trash" size={16} />
        {t("action.remove")}
      </Item>
    </>
  );
}

interface SubMenuProps {
  readonly parts: ActionItemsProps["parts"];
  readonly icon: IconName;
  readonly label: string;
  readonly isDisabled?: boolean;
  readonly children: React.ReactNode;
}

function SubMenu({ parts, icon, label, isDisabled = false, children }: SubMenuProps): React.JSX.Element {
  return (
    <parts.SubmenuRoot disabled={isDisabled}>
      <parts.SubmenuTrigger className="menu-item">
        <Icon name={icon} size={16} />
        <span className="flex-1">{label}</span>
        <span className="rtl:-scale-x-100">
          <Icon name="right1" size={14} />
        </span>
      </parts.SubmenuTrigger>
      <parts.Portal>
        <parts.Positioner className="z-50">
          <parts.Popup className="menu">{children}</parts.Popup>
        </parts.Positioner>
      </parts.Portal>
    </parts.SubmenuRoot>
  );
}

interface CategoryItemsProps {
  readonly parts: ActionItemsProps["parts"];
  readonly run: RunAction;
}

function CategoryItems({ parts, run }: CategoryItemsProps): React.JSX.Element {
  const { t } = useTranslation();
  const categories = useCategories();
  const choose = (category: string | null): void => void run("update", { patch: { category } });
  return (
    <>
      {categories.map(({ name, color }) => (
        <parts.Item key={name} className="menu-item" onClick={() => choose(name)}>
          <Dot color={color} />
          {name}
        </parts.Item>
      ))}
      <parts.Item className="menu-item" onClick={() => choose(null)}>
        <Icon name="close" size={16} />
        {t("labels.none")}
      </parts.Item>
    </>
  );
}

/** What one takes of a single torrent to elsewhere. */
function CopyItems({
  parts,
  infoHash,
}: {
  readonly parts: ActionItemsProps["parts"];
  readonly infoHash: string;
}): React.JSX.Element {
  const { t } = useTranslation();
  const act = useAct();
  const params = { ref: infoHash };
  const copies = [
    ["copyMagnet", "link", async () => (await client.call("showMagnet", { params })).magnet],
    ["copyHash", "copy", () => Promise.resolve(infoHash)],
    ["copyName", "copy", async () => (await client.call("showTorrent", { params })).name],
  ] as const;
  const copy = async (read: () => Promise<string>): Promise<void> => copyText(await read());
  return (
    <>
      {copies.map(([name, icon, read]) => (
        <parts.Item
          key={name}
          className="menu-item"
          onClick={() => act(() => copy(read), { message: t("action.copied") })}
        >
          <Icon name={icon} size={16} />
          {t(`action.${name}`)}
        </parts.Item>
      ))}
      <parts.Item className="menu-item" render={<a href={client.url("readMetainfo", { params })} download />}>
        <Icon name="file" size={16} />
        {t("action.saveTorrent")}
      </parts.Item>
    </>
  );
}
