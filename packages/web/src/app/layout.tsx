/** Bar, filters, list, details, foot; the list keeps its place while other views are shown. */
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { AddDialog } from "../add/add-dialog.tsx";
import { DropZone } from "../add/drop-zone.tsx";
import { type NamedSource, parseLinks } from "../add/sources.ts";
import { CreateDialog } from "../create/create-dialog.tsx";
import { DetailsPanel } from "../details/details-panel.tsx";
import { LabelEditor } from "../filters/label-editor.tsx";
import { Sidebar } from "../filters/sidebar.tsx";
import { ColumnsDialog } from "../list/columns-dialog.tsx";
import { openDialog, useDialog } from "../list/dialogs.ts";
import { LabelsDialog, LimitsDialog, MoveDialog } from "../list/edit-dialogs.tsx";
import { KeysDialog } from "../list/keys-dialog.tsx";
import { RemoveDialog } from "../list/remove-dialog.tsx";
import { useColumns } from "../list/saved-columns.ts";
import { NOTHING_SELECTED, type Selection } from "../list/selection.ts";
import { Toolbar } from "../list/toolbar.tsx";
import { TorrentList } from "../list/torrent-list.tsx";
import { useActions } from "../list/use-actions.ts";
import { useLive } from "../live/use-live.ts";
import { LostBanner } from "../session/lost-banner.tsx";
import { StatusBar } from "../session/status-bar.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { DetailsSplitter, useDetailsShare } from "./details-splitter.tsx";
import { LogoutButton } from "./logout-button.tsx";
import { useRoute, type View } from "./route.ts";
import { useShortcuts } from "./use-shortcuts.ts";

const Statistics = lazy(() => import("../session/statistics.tsx"));
const SettingsView = lazy(() => import("../settings/settings-view.tsx"));
const LimitsView = lazy(() => import("../limits/limits-view.tsx"));
const LogView = lazy(() => import("../session/log-view.tsx"));
const OptionsDialog = lazy(() => import("../list/options-dialog.tsx"));

const VIEWS: readonly (readonly [view: View, icon: IconName])[] = [
  ["torrents", "list"],
  ["limits", "gauge"],
  ["statistics", "graph"],
  ["log", "log"],
  ["settings", "settings"],
];

export function Layout(): React.JSX.Element {
  const { t } = useTranslation();
  const [route, go] = useRoute();
  const [selection, setSelection] = useState<Selection>(NOTHING_SELECTED);
  const [columns, setColumns] = useColumns();
  const [isMenuOpen, setMenuOpen] = useState(false);
  const [sources, setSources] = useSources();
  const total = useLive((state) => state.view.total);
  const isLost = useLive((state) => state.connection.status === "lost");
  const run = useActions(selection);
  useShortcuts(
    run,
    useCallback(() => {
      if (route.torrent === undefined) setSelection(NOTHING_SELECTED);
      else go({ torrent: undefined, tab: undefined });
    }, [go, route.torrent]),
  );
  // What was chosen under another filter is out of sight, and must not be acted on.
  const filterKey = JSON.stringify(route.filter);
  useEffect(() => setSelection(NOTHING_SELECTED), [filterKey]);
  return (
    <div className="h-full flex flex-col" data-stale={isLost ? "" : undefined}>
      <TopBar />
      <LostBanner />
      <main className="flex-1 min-h-0 flex relative">
        {route.view === "torrents" && <SideBar isOpen={isMenuOpen} onClose={() => setMenuOpen(false)} />}
        {route.view === "torrents" ? (
          <div className="flex-1 min-w-0 flex flex-col">
            <h1 className="sr-only">{t("nav.torrents")}</h1>
            <Toolbar
              selection={selection}
              total={total}
              onMenu={() => setMenuOpen(!isMenuOpen)}
              onClear={() => setSelection(NOTHING_SELECTED)}
            />
            <div className="flex-1 min-h-0">
              <TorrentList
                selection={selection}
                onSelection={setSelection}
                columns={columns}
                onColumns={setColumns}
                onRemove={() => openDialog("remove")}
                onAdd={() => openDialog("add")}
              />
            </div>
            {route.torrent !== undefined && <Details infoHash={route.torrent} />}
          </div>
        ) : (
          <OtherView view={route.view} />
        )}
      </main>
      <StatusBar />
      <DropZone onSources={setSources} />
      <Dialogs
        selection={selection}
        onSelection={setSelection}
        total={total}
        sources={sources}
        columns={columns}
        onColumns={setColumns}
      />
    </div>
  );
}

/** Below the list where there is room, over it where there is not. */
function Details({ infoHash }: { readonly infoHash: string }): React.JSX.Element {
  const [share, setShare] = useDetailsShare();
  return (
    <>
      <DetailsSplitter share={share} onShare={setShare} />
      <div className="absolute inset-0 z-20 md:static md:h-(--details) md:z-auto" style={{ "--details": `${share}%` }}>
        <DetailsPanel key={infoHash} infoHash={infoHash} />
      </div>
    </>
  );
}

/** Beside the list where there is room, over it where there is not. */
function SideBar({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <>
      {isOpen && (
        <button
          type="button"
          aria-label={t("filter.close")}
          className="lg:hidden absolute inset-0 z-20 bg-black/40"
          onClick={onClose}
        />
      )}
      <aside
        className={`${isOpen ? "absolute inset-y-0 start-0 z-30 shadow-2xl block" : "hidden"} lg:static lg:block lg:shadow-none w-60 shrink-0 border-e border-line bg-panel`}
      >
        <Sidebar onChosen={onClose} />
      </aside>
    </>
  );
}

function TopBar(): React.JSX.Element {
  const { t } = useTranslation();
  const [route, go] = useRoute();
  return (
    <header className="flex items-center gap-1 px-3 border-b border-line bg-panel">
      <span className="flex items-center gap-2 pe-2 sm:pe-4 font-bold text-base">
        <img src="./icon.svg" alt="" width={24} height={24} />
        <span className="hidden sm:inline">Torrential</span>
      </span>
      <nav aria-label={t("nav.name")} className="flex sm:gap-1">
        {VIEWS.map(([view, icon]) => (
          <button
            key={view}
            type="button"
            aria-current={route.view === view ? "page" : undefined}
            className={`flex items-center gap-2 px-3 min-h-12 border-b-2 ${route.view === view ? "border-accent font-semibold" : "border-transparent text-dim hover:text-ink"}`}
            onClick={() => go({ view: view === "torrents" ? undefined : view })}
          >
            <Icon name={icon} />
            <span className="hidden md:inline">{t(`nav.${view}`)}</span>
            <span className="sr-only md:hidden">{t(`nav.${view}`)}</span>
          </button>
        ))}
      </nav>
      <span className="flex-1" />
      <button
        type="button"
        className="icon-button"
        aria-label={t("keys.title")}
        title={t("keys.title")}
        onClick={() => openDialog("keys")}
      >
        <Icon name="help" />
      </button>
      <LogoutButton />
    </header>
  );
}

function OtherView({ view }: { readonly view: View }): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <div className="flex-1 min-w-0">
      <Suspense fallback={<p className="p-4 text-dim">{t("loading")}</p>}>
        {view === "limits" && <LimitsView />}
        {view === "statistics" && <Statistics />}
        {view === "settings" && <SettingsView />}
        {view === "log" && <LogView />}
      </Suspense>
    </div>
  );
}

/** What was dropped, pasted, or handed over by the browser as a magnet link (`?add=`). */
function useSources(): readonly [readonly NamedSource[], (sources: readonly NamedSource[]) => void] {
  const [params] = useSearchParams();
  const [, go] = useRoute();
  const [sources, setSources] = useState<readonly NamedSource[]>([]);
  const take = useCallback((taken: readonly NamedSource[]) => {
    setSources(taken);
    openDialog("add");
  }, []);
  const handed = params.get("add");
  useEffect(() => {
    if (handed === null) return;
    take(parseLinks(handed));
    go({ add: undefined });
  }, [handed, take, go]);
  return [sources, take];
}

interface DialogsProps {
  readonly selection: Selection;
  readonly onSelection: (selection: Selection) => void;
  readonly total: number;
  readonly sources: readonly NamedSource[];
  readonly columns: React.ComponentProps<typeof ColumnsDialog>["columns"];
  readonly onColumns: React.ComponentProps<typeof ColumnsDialog>["onColumns"];
}

function Dialogs({ selection, onSelection, total, sources, columns, onColumns }: DialogsProps): React.ReactNode {
  const dialog = useDialog();
  const close = (): void => openDialog(undefined);
  const edit = { selection, total, onClose: close };
  switch (dialog) {
    case "add":
      return <AddDialog initial={sources} onClose={close} />;
    case "remove":
      return <RemoveDialog {...edit} onSelection={onSelection} />;
    case "labels":
      return <LabelsDialog {...edit} />;
    case "limits":
      return <LimitsDialog {...edit} />;
    case "options":
      return (
        <Suspense>
          <OptionsDialog {...edit} />
        </Suspense>
      );
    case "move":
      return <MoveDialog {...edit} />;
    case "columns":
      return <ColumnsDialog columns={columns} onColumns={onColumns} onClose={close} />;
    case "label-editor":
      return <LabelEditor onClose={close} />;
    case "create":
      return <CreateDialog onClose={close} />;
    case "keys":
      return <KeysDialog onClose={close} />;
    case undefined:
      return undefined;
    default:
      return dialog satisfies never;
  }
}
