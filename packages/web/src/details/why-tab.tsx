/** Why a torrent is not faster: the engine's reasons, each with what can be done about it. */
import type { Torrent } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { Notice } from "../ui/notice.tsx";

export function WhyTab({ torrent }: { readonly torrent: Torrent }): React.JSX.Element {
  const { t } = useTranslation();
  const why = useQuery({
    queryKey: ["why", torrent.infoHash],
    queryFn: () => client.call("explainTorrent", { params: { ref: torrent.infoHash } }),
    refetchInterval: 2_000,
  });
  if (why.isError) return <Notice title={t("failed")} text={describeError(why.error)} />;
  if (why.data === undefined) return <p className="p-4 text-dim">{t("loading")}</p>;
  if (why.data.length === 0) return <Notice title={t("why.nothing")} text={t("why.nothingHint")} />;
  return (
    <ol className="p-3 flex flex-col gap-3 max-w-3xl">
      {why.data.map(({ direction, code, sentence, remedy }) => (
        <li key={`${direction} ${code}`} className="rounded-lg border border-line p-3">
          <p className="font-semibold">{sentence}</p>
          {remedy !== "" && <p className="text-dim">{remedy}</p>}
        </li>
      ))}
    </ol>
  );
}
