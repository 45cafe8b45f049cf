/** Why a torrent is not faster: the engine's reasons, each with what can be done about it. */
import type { Reason, Torrent } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { translateReason } from "../i18n/daemon-words.ts";
import { client, describeError } from "../live/client.ts";
import { Icon } from "../ui/icon.tsx";
import { Notice } from "../ui/notice.tsx";
import { useFormat } from "../ui/use-format.ts";

const DIRECTIONS = ["down", "up"] as const;

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
    <div className="p-3 grid gap-4 lg:grid-cols-2">
      {DIRECTIONS.map((direction) => (
        <Reasons key={direction} direction={direction} reasons={why.data} />
      ))}
    </div>
  );
}

interface ReasonsProps {
  readonly direction: Reason["direction"];
  readonly reasons: readonly Reason[];
}

/** Of one direction, the largest share of the last minute first. */
function Reasons({ direction, reasons }: ReasonsProps): React.JSX.Element | undefined {
  const { t } = useTranslation();
  const counted = reasons.filter((each) => each.direction === direction).toSorted((a, b) => b.share - a.share);
  if (counted.length === 0) return undefined;
  return (
    <section className="flex flex-col gap-2" aria-label={t(`why.${direction}`)}>
      <h3 className={`flex items-center gap-2 font-semibold ${direction === "down" ? "text-down" : "text-up"}`}>
        <Icon name={direction} size={16} />
        {t(`why.${direction}`)}
      </h3>
      <ol className="flex flex-col gap-2">
        {counted.map((reason) => (
          <ReasonCard key={`${reason.code} ${reason.level ?? ""}`} reason={reason} />
        ))}
      </ol>
    </section>
  );
}

function ReasonCard({ reason }: { readonly reason: Reason }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const { sentence, remedy } = translateReason(t, reason);
  return (
    <li className="card flex flex-col gap-1">
      <p className="font-semibold">{sentence}</p>
      {remedy !== "" && <p className="text-dim">{remedy}</p>}
      <p className="flex items-center gap-2 text-sm text-dim tabular-nums">
        <span aria-hidden="true" className="h-1.5 w-24 rounded bg-line overflow-hidden">
          <span className="block h-full bg-warn" style={{ width: `${reason.share * 100}%` }} />
        </span>
        {t("why.share", { share: format.percent(reason.share) })}
      </p>
    </li>
  );
}
