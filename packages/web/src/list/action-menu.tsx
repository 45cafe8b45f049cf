/** The menu of what can be done to the chosen torrents; in the context menu, and behind the tool bar's last button. */
import type { Menu } from "@base-ui/react/menu";
import type { ContextMenu } from "@base-ui/react/context-menu";
import { useTranslation } from "react-i18next";
import { useRoute } from "../app/route.ts";
import { client } from "../live/client.ts";
import { Icon } from "../ui/icon.tsx";
import { useAct } from "../ui/use-act.ts";
import { type ListAction, MORE_ACTIONS, QUEUE_ACTIONS, RUN_ACTIONS } from "./actions.ts";
import { countSelected, type Selection } from "./selection.ts";
import { useActions } from "./use-actions.ts";
import { openDialog } from "./dialogs.ts";

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
  const act = useAct();
  const [single] = selection.isAll ? [] : [...selection.hashes];
  const isSingle = countSelected(selection, total) === 1 && single !== undefined;
  const { Item, Separator } = parts;
  const item = ({ action, icon }: ListAction): React.JSX.Element => (
    <Item key={action} className="menu-item" onClick={() => void run(action)}>
      <Icon name={icon} size={16} />
      {t(`action.${action}`)}
    </Item>
  );
  const copyMagnet = async (): Promise<void> => {
    if (single === undefined) return;
    const { magnet } = await client.call("showMagnet", { params: { ref: single } });
    await navigator.clipboard.writeText(magnet);
  };
  return (
    <>
      <div className="px-2 py-1 text-sm text-dim">{t("list.chosen", { count: countSelected(selection, total) })}</div>
      {RUN_ACTIONS.map(item)}
      <Separator className="my-1 border-t border-line" />
      <Item className="menu-item" disabled={!isSingle} onClick={() => go({ torrent: single })}>
        <Icon name="list" size={16} />
        {t("action.details")}
      </Item>
      <Item className="menu-item" onClick={() => openDialog("labels")}>
        <Icon name="edit" size={16} />
        {t("action.labels")}
      </Item>
      <Item className="menu-item" onClick={() => openDialog("limits")}>
        <Icon name="turtle" size={16} />
        {t("action.limits")}
      </Item>
      <Item className="menu-item" onClick={() => openDialog("move")}>
        <Icon name="folder" size={16} />
        {t("action.move")}
      </Item>
      {MORE_ACTIONS.map(item)}
      <Item
        className="menu-item"
        disabled={!isSingle}
        onClick={() => act(copyMagnet, { message: t("action.magnetCopied") })}
      >
        <Icon name="copy" size={16} />
        {t("action.copyMagnet")}
      </Item>
      <Separator className="my-1 border-t border-line" />
      {QUEUE_ACTIONS.map(item)}
      <Separator className="my-1 border-t border-line" />
      <Item className="menu-item text-bad" onClick={onRemove}>
        <Icon name="trash" size={16} />
        {t("action.remove")}
      </Item>
    </>
  );
}
