/** What the address bar says: filters, the torrent that is shown, the view. So that links, back and reload work. */
import type { TorrentFilterQuery, TorrentKind, TorrentState } from "@torrential/api";
import { useMemo } from "react";
import { useSearchParams } from "wouter";

export type View = "torrents" | "limits" | "statistics" | "settings" | "log";

export interface Route {
  readonly view: View;
  readonly filter: TorrentFilterQuery;
  /** Field, with "-" in front for from high to low. */
  readonly sort: string;
  /** Info-hash of the torrent in the details. */
  readonly torrent: string | undefined;
}

export type RouteChange = Readonly<Partial<Record<RouteKey, string | undefined>>>;
type RouteKey = FilterKey | "view" | "sort" | "torrent" | "tab" | "add";
type FilterKey = "state" | "is" | "category" | "tag" | "tracker" | "folder" | "text";

const FILTER_KEYS: readonly FilterKey[] = ["state", "is", "category", "tag", "tracker", "folder", "text"];

const VIEWS: readonly string[] = ["torrents", "limits", "statistics", "settings", "log"];
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

/** The filters and the order alone, to be kept under a name: "state=error&sort=name". */
export function queryOf(params: URLSearchParams): string {
  const kept = [...params].filter(([key]) => key === "sort" || FILTER_KEYS.some((each) => each === key));
  return new URLSearchParams(kept.toSorted(([a], [b]) => a.localeCompare(b))).toString();
}

/** Goes to a kept view: what it doesn't name is taken away. */
export function changeTo(query: string): RouteChange {
  const params = new URLSearchParams(query);
  const keys: readonly RouteKey[] = [...FILTER_KEYS, "sort"];
  return { view: undefined, ...Object.fromEntries(keys.map((key) => [key, params.get(key) ?? undefined])) };
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
  const folder = params.get("folder");
  const text = params.get("text");
  return {
    ...(state === null ? {} : { state: [state as TorrentState] }),
    ...(is === null ? {} : { is: [is as TorrentKind] }),
    ...(category === null ? {} : { category }),
    ...(tag === null ? {} : { tag: [tag] }),
    ...(tracker === null ? {} : { tracker }),
    ...(folder === null ? {} : { folder }),
    ...(text === null || text === "" ? {} : { text }),
  };
}

function isView(text: string): text is View {
  return VIEWS.includes(text);
}
