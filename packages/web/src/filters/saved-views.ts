/** Filters and orders under a name, kept by the daemon: every browser of its owner has them. */
import { ApiError } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { client, queries } from "../live/client.ts";
import { useAct } from "../ui/use-act.ts";

export interface SavedView {
  readonly name: string;
  /** As in the address bar: "state=error&sort=name". */
  readonly query: string;
}

export interface SavedViews {
  readonly views: readonly SavedView[];
  /** A view of the same name is replaced. */
  readonly save: (view: SavedView) => void;
  readonly forget: (name: string) => void;
}

const STORE = "page-filters";
const KEY = ["saved-views"];
/** What the daemon takes of one page is limited. */
const VIEWS_MAX = 100;

export function useSavedViews(): SavedViews {
  const act = useAct();
  const { data: views = [] } = useQuery({ queryKey: KEY, queryFn: read });
  const write = (next: readonly SavedView[]): void =>
    act(async () => {
      await client.call("saveView", { params: { view: STORE }, body: { views: next.slice(-VIEWS_MAX) } });
      queries.setQueryData(KEY, next);
    });
  return {
    views,
    save: (view) => write([...views.filter(({ name }) => name !== view.name), view]),
    forget: (name) => write(views.filter((each) => each.name !== name)),
  };
}

async function read(): Promise<readonly SavedView[]> {
  try {
    return parseViews(await client.call("showSavedView", { params: { view: STORE } }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

/** What was stored, as far as it makes sense. Exported for tests. */
export function parseViews(stored: unknown): readonly SavedView[] {
  if (typeof stored !== "object" || stored === null || !("views" in stored) || !Array.isArray(stored.views)) return [];
  return (stored.views as readonly unknown[]).filter(isSavedView);
}

function isSavedView(value: unknown): value is SavedView {
  if (typeof value !== "object" || value === null) return false;
  const { name, query } = value as Partial<Record<keyof SavedView, unknown>>;
  return typeof name === "string" && typeof query === "string";
}
