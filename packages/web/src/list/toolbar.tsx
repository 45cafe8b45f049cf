/** The bar above the list: add, what is done most to the chosen torrents, search, columns. */
import { Menu } from "@base-ui/react/menu";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRoute } from "../app/route.ts";
import { Icon } from "../ui/icon.tsx";
import { ActionItems } from "./action-menu.tsx";
import { RUN_ACTIONS } from "./actions.ts";
import { openDialog } from "./dialogs.ts";
import { countSelected, type Selection } from "./selection.ts";
import { useActions } from "./use-actions.ts";

const SEARCH_DELAY_MS = 200;

export interface ToolbarProps {
  readonly selection: Selection;
  readonly total: number;
  readonly onMenu: () => void;
  readonly onClear: () => void;
}

export function Toolbar({ selection, total, onMenu, onClear }: ToolbarProps): React.JSX.Element {
  const { t } = useTranslation();
  const isNothing = countSelected(selection, total) === 0;
  return (
    <div
      role="toolbar"
      aria-label={t("toolbar.name")}
      className="flex items-center gap-1 px-2 py-1.5 border-b border-line bg-panel"
    >
      <button type="button" className="icon-button lg:hidden" aria-label={t("filter.name")} onClick={onMenu}>
        <Icon name="menu" />
      </button>
      <button type="button" className="button button-main" onClick={() => openDialog("add")}>
        <Icon name="add" />
        <span className="hidden sm:inline">{t("add.short")}</span>
        <span className="sr-only sm:hidden">{t("add.short")}</span>
      </button>
      <ChosenActions selection={selection} total={total} />
      {!isNothing && <Chosen count={countSelected(selection, total)} onClear={onClear} />}
      <button
        type="button"
        className={`icon-button ${isNothing ? "" : "max-sm:hidden"}`}
        aria-label={t("create.title")}
        title={t("create.title")}
        onClick={() => openDialog("create")}
      >
        <Icon name="wand" />
      </button>
      <Search isSpare={!isNothing} />
      <button
        type="button"
        className="icon-button hidden md:inline-flex"
        aria-label={t("columns.title")}
        title={t("columns.title")}
        onClick={() => openDialog("columns")}
      >
        <Icon name="columns" />
      </button>
    </div>
  );
}

/** How many are chosen, and the way out of that: on a touch screen there is no Escape. */
function Chosen({ count, onClear }: { readonly count: number; readonly onClear: () => void }): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <button type="button" className="chip min-h-8! hover:bg-hover" title={t("list.clear")} onClick={onClear}>
      <span className="font-semibold tabular-nums">{count}</span>
      <span className="hidden lg:inline">{t("list.chosenShort")}</span>
      <span className="sr-only">{t("list.clear")}</span>
      <Icon name="close" size={14} />
    </button>
  );
}

/** What can be done to the chosen torrents. Where there is little room, it is there when something is chosen. */
function ChosenActions({ selection, total }: Pick<ToolbarProps, "selection" | "total">): React.JSX.Element {
  const { t } = useTranslation();
  const run = useActions(selection);
  const isNothing = countSelected(selection, total) === 0;
  const forChosen = isNothing ? "max-sm:hidden" : "";
  return (
    <>
      {RUN_ACTIONS.slice(0, 2).map(({ action, icon }) => (
        <button
          key={action}
          type="button"
          className={`icon-button ${forChosen}`}
          disabled={isNothing}
          aria-label={t(`action.${action}`)}
          title={t(`action.${action}`)}
          onClick={() => void run(action)}
        >
          <Icon name={icon} />
        </button>
      ))}
      <button
        type="button"
        className={`icon-button ${forChosen}`}
        disabled={isNothing}
        aria-label={t("action.remove")}
        title={t("action.remove")}
        onClick={() => openDialog("remove")}
      >
        <Icon name="trash" />
      </button>
      <Menu.Root>
        <Menu.Trigger className={`icon-button ${forChosen}`} disabled={isNothing} aria-label={t("toolbar.more")}>
          <Icon name="more" />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner className="z-50" sideOffset={4}>
            <Menu.Popup className="menu">
              <ActionItems selection={selection} total={total} onRemove={() => openDialog("remove")} parts={Menu} />
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </>
  );
}

/** Where there is little room it gives way to what can be done to the chosen torrents. */
function Search({ isSpare }: { readonly isSpare: boolean }): React.JSX.Element {
  const { t } = useTranslation();
  const [route, go] = useRoute();
  const [text, setText] = useState(route.filter.text ?? "");
  // Filters are cleared elsewhere too.
  useEffect(() => setText(route.filter.text ?? ""), [route.filter.text]);
  useEffect(() => {
    if (text === (route.filter.text ?? "")) return undefined;
    const timer = window.setTimeout(
      () => go({ text: text === "" ? undefined : text, view: undefined }),
      SEARCH_DELAY_MS,
    );
    return () => window.clearTimeout(timer);
  }, [text, route.filter.text, go]);
  return (
    <div className={`relative flex-1 min-w-0 max-w-72 ms-auto ${isSpare ? "max-sm:hidden" : ""}`}>
      <span className="absolute inset-y-0 start-2.5 flex items-center text-dim pointer-events-none">
        <Icon name="search" size={16} />
      </span>
      <input
        id="search"
        type="search"
        className="field ps-8!"
        placeholder={t("filter.search")}
        aria-label={t("filter.search")}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}
