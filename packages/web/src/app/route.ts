/** What the address bar says: filters, the torrent that is shown, the view. So that links, back and reload work. */
import type { TorrentFilterQuery, TorrentKind, TorrentState } from "@torrential/api";
import { useMemo } from "react";
import { useSearchParams } from "wouter";

export type View = "torrents" | "statistics" | "settings" | "log";

export interface Route {
  readonly view: View;
  readonly filter: TorrentFilterQuery;
  /** Field, with "-" in front for from high to low. */
  readonly sort: string;
  /** Info-hash of the torrent in the details. */
  readonly torrent: string | undefined;
}

export type RouteChange = Readonly<Partial<Record<RouteKey, string | undefined>>>;
type RouteKey = "view" | "state" | "is" | "category" | "tag" | "tracker" | "text" | "sort" | "torrent" | "tab" | "add";

const VIEWS: readonly string[] = ["torrents", "statistics", "settings", "log"];
const SORT_DEFAULT = "-addedAtMs";

export function useRoute(): readonly [Route, (change: RouteChange) => void] {
  const [params, setParams] = useSearchParams();
  const route = useMemo(() => readRoute(params), [params]);
  const change = useMemo(
    () => (next: RouteChange) => {
      setParams((present) => {
        const changed = new URLSearchParams(present);
        for (const [key, value] of Object.entries(next)) {
          if (value === undefined) changed.delete(key);
          else changed.set(key, value);
        }
        return changed;
      });
    },
    [setParams],
  );
  return [route, change];
}

/** Exported for tests. */
export function readRoute(params: URLSearchParams): Route {
  const view = params.get("view") ?? "torrents";
  return {
    view: isView(view) ? view : "torrents",
    filter: readFilter(params),
    sort: params.get("sort") ?? SORT_DEFAULT,
    torrent: params.get("torrent") ?? undefined,
  };
}

function readFilter(params: URLSearchParams): TorrentFilterQuery {
  const state = params.get("state");
  const is = params.get("is");
  const category = params.get("category");
  const tag = params.get("tag");
  const tracker = params.get("tracker");
  const text = params.get("text");
  return {
    ...(state === null ? {} : { state: [state as TorrentState] }),
    ...(is === null ? {} : { is: [is as TorrentKind] }),
    ...(category === null ? {} : { category }),
    ...(tag === null ? {} : { tag: [tag] }),
    ...(tracker === null ? {} : { tracker }),
    ...(text === null || text === "" ? {} : { text }),
  };
}

function isView(text: string): text is View {
  return VIEWS.includes(text);
}
