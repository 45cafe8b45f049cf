/** How much room is left under each root of downloads. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client } from "../live/client.ts";
import { Icon } from "../ui/icon.tsx";
import { useFormat } from "../ui/use-format.ts";

const REFRESH_MS = 30_000;
/** Fuller than this is worth a warning. */
const FULL = 0.95;

export function FreeSpace(): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: roots = [] } = useQuery({ queryKey: ["roots"], queryFn: () => client.call("listRoots", {}) });
  const spaces = useQueries({
    queries: roots.map((path) => ({
      queryKey: ["space", path],
      queryFn: () => client.call("showSpace", { query: { path } }),
      refetchInterval: REFRESH_MS,
      retry: false,
    })),
  });
  return (
    <section className="card flex flex-col gap-3">
      <h2 className="font-semibold">{t("statistics.space")}</h2>
      {roots.map((path, index) => {
        const space = spaces[index]?.data;
        const used = space === undefined ? 0 : 1 - space.freeBytes / space.totalBytes;
        return (
          <div key={path} className="flex flex-col gap-1">
            <p className="flex items-center gap-2 min-w-0">
              <Icon name="disk" size={16} />
              <span className="truncate" title={path}>
                {path}
              </span>
            </p>
            <span
              role="meter"
              aria-label={t("statistics.used", { path })}
              aria-valuemin={0}
              aria-valuemax={100}
              aria-valuenow={Math.round(used * 100)}
              className="h-2 rounded bg-line overflow-hidden"
            >
              <span
                className={`block h-full ${used > FULL ? "bg-bad" : "bg-accent"}`}
                style={{ width: `${used * 100}%` }}
              />
            </span>
            <p className="text-sm text-dim">
              {space === undefined
                ? t("statistics.notThere")
                : t("statistics.freeOf", {
                    free: format.bytes(space.freeBytes),
                    total: format.bytes(space.totalBytes),
                  })}
            </p>
          </div>
        );
      })}
    </section>
  );
}
