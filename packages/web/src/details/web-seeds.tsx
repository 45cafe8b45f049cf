/** Servers that give pieces beside the peers (BEP 19): how each does. */
import type { Torrent } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client } from "../live/client.ts";
import { useFormat } from "../ui/use-format.ts";

export function WebSeeds({ torrent }: { readonly torrent: Torrent }): React.JSX.Element | undefined {
  const { t } = useTranslation();
  const format = useFormat();
  const params = { ref: torrent.infoHash };
  const { data: seeds = [] } = useQuery({
    queryKey: ["webseeds", torrent.infoHash],
    queryFn: () => client.call("listWebSeeds", { params }),
    refetchInterval: 2_000,
  });
  if (seeds.length === 0) return undefined;
  return (
    <section aria-label={t("webSeeds.title")} className="flex flex-col">
      <h3 className="font-semibold px-2 pt-4 pb-1">{t("webSeeds.title")}</h3>
      <table className="table table-stacked">
        <thead>
          <tr>
            {["url", "state", "rate", "message"].map((name) => (
              <th key={name} scope="col">
                {t(`webSeeds.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {seeds.map(({ url, state, downRate, message }) => (
            <tr key={url}>
              <td className="wrap-anywhere wide font-medium">{url}</td>
              <td className={state === "failed" ? "text-bad" : ""}>{t(`webSeeds.${state}`)}</td>
              <td data-label={t("webSeeds.rate")} className="text-down whitespace-nowrap">
                {format.rate(downRate) || "–"}
              </td>
              <td className="wrap-anywhere wide">{message ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
