/** Everything about one torrent, in tabs below the list; on narrow screens over it. */
import { Tabs } from "@base-ui/react/tabs";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { useRoute } from "../app/route.ts";
import { client, describeError } from "../live/client.ts";
import { Icon } from "../ui/icon.tsx";
import { Notice } from "../ui/notice.tsx";
import { Overview } from "./overview.tsx";
import { WhyTab } from "./why-tab.tsx";

const FilesTab = lazy(() => import("./files-tab.tsx"));
const PeersTab = lazy(() => import("./peers-tab.tsx"));
const TrackersTab = lazy(() => import("./trackers-tab.tsx"));
const EventsTab = lazy(() => import("./events-tab.tsx"));

const TABS = ["overview", "why", "files", "peers", "trackers", "events"] as const;
const REFRESH_MS = 1_000;

export function DetailsPanel({ infoHash }: { readonly infoHash: string }): React.JSX.Element {
  const { t } = useTranslation();
  const [, go] = useRoute();
  const [params] = useSearchParams();
  const tab = TABS.find((each) => each === params.get("tab")) ?? "overview";
  const torrent = useQuery({
    queryKey: ["torrent", infoHash],
    queryFn: () => client.call("showTorrent", { params: { ref: infoHash } }),
    refetchInterval: REFRESH_MS,
  });
  const close = (): void => go({ torrent: undefined, tab: undefined });
  const tabs = useShownTab(tab, torrent.data !== undefined);
  return (
    <section aria-label={t("details.name")} className="h-full flex flex-col bg-panel border-t border-line">
      <header className="flex items-center gap-2 px-3 border-b border-line">
        <h2 className="flex-1 font-semibold truncate py-2">{torrent.data?.name ?? t("loading")}</h2>
        <button type="button" className="icon-button" aria-label={t("details.close")} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      {torrent.data === undefined ? (
        torrent.isError && (
          <Notice
            title={t("details.gone")}
            text={describeError(torrent.error)}
            action={{ label: t("close"), run: close }}
          />
        )
      ) : (
        <Tabs.Root
          value={tab}
          onValueChange={(value: string) => go({ tab: value })}
          className="flex-1 min-h-0 flex flex-col"
        >
          <Tabs.List
            ref={tabs}
            className="flex gap-1 px-2 border-b border-line overflow-x-auto shrink-0"
            aria-label={t("details.tabs")}
          >
            {TABS.map((name) => (
              <Tabs.Tab key={name} value={name} className="tab">
                {t(`details.${name}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value={tab} className="flex-1 min-h-0 overflow-auto">
            <Suspense fallback={<p className="p-4 text-dim">{t("loading")}</p>}>
              {tab === "overview" && <Overview torrent={torrent.data} />}
              {tab === "why" && <WhyTab torrent={torrent.data} />}
              {tab === "files" && <FilesTab torrent={torrent.data} />}
              {tab === "peers" && <PeersTab torrent={torrent.data} />}
              {tab === "trackers" && <TrackersTab torrent={torrent.data} />}
              {tab === "events" && <EventsTab torrent={torrent.data} />}
            </Suspense>
          </Tabs.Panel>
        </Tabs.Root>
      )}
    </section>
  );
}

/** Where there is no room for all tabs, the chosen one is brought into sight. */
function useShownTab(tab: string, isLoaded: boolean): React.RefObject<HTMLDivElement | null> {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = list.current;
    if (element === null || !isLoaded) return undefined;
    const show = (): void =>
      element.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest", inline: "center" });
    const resized = new ResizeObserver(show);
    resized.observe(element);
    show();
    return () => resized.disconnect();
  }, [tab, isLoaded]);
  return list;
}
