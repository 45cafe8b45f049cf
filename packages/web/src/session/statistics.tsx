/** The session in numbers and curves, from a minute to a year. */
import type { RateSpan } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { useLive } from "../live/use-live.ts";
import { Notice } from "../ui/notice.tsx";
import { useFormat } from "../ui/use-format.ts";
import { RateGraph } from "./rate-graph.tsx";

const SPANS: readonly RateSpan[] = ["minute", "hour", "day", "week", "year"];

export default function Statistics(): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const session = useLive((state) => state.session);
  const [span, setSpan] = useState<RateSpan>("minute");
  const rates = useQuery({
    queryKey: ["session-rates", span],
    queryFn: () => client.call("showRates", { query: { span } }),
    refetchInterval: span === "minute" ? 2_000 : 30_000,
  });
  if (session === undefined) return <p className="p-4 text-dim">{t("loading")}</p>;
  const facts: readonly (readonly [name: string, value: string])[] = [
    [t("statistics.downloaded"), format.bytes(session.downloadedBytes)],
    [t("statistics.uploaded"), format.bytes(session.uploadedBytes)],
    [t("statistics.totalDownloaded"), format.bytes(session.totalDownloadedBytes)],
    [t("statistics.totalUploaded"), format.bytes(session.totalUploadedBytes)],
    [t("statistics.ratio"), ratio(session.totalUploadedBytes, session.totalDownloadedBytes, format.number)],
    [t("statistics.wasted"), format.bytes(session.wastedBytes)],
    [t("statistics.torrents"), format.number(session.torrents)],
    [t("statistics.active"), format.number(session.activeTorrents)],
    [t("statistics.added"), format.number(session.totalAdded)],
    [t("statistics.uptime"), format.duration(Date.now() - session.startedAtMs)],
    [t("statistics.totalUptime"), format.duration(session.totalActiveMs)],
    [t("statistics.address"), session.externalAddress ?? "–"],
    [t("statistics.diskQueue"), format.bytes(session.diskQueueBytes)],
    [t("statistics.engineLoop"), `${format.number(session.engineLoopP99Ms, 1)} ms`],
    [t("statistics.mainLoop"), `${format.number(session.mainLoopP99Ms, 1)} ms`],
    [t("statistics.version"), session.version],
  ];
  return (
    <section className="p-4 flex flex-col gap-4 overflow-auto h-full" aria-labelledby="statistics">
      <h1 id="statistics" className="text-lg font-semibold">
        {t("statistics.title")}
      </h1>
      <div role="group" aria-label={t("statistics.span")} className="flex flex-wrap gap-1">
        {SPANS.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={span === each}
            className={`button ${span === each ? "bg-chosen!" : ""}`}
            onClick={() => setSpan(each)}
          >
            {t(`statistics.${each}`)}
          </button>
        ))}
      </div>
      {rates.isError ? (
        <Notice title={t("failed")} text={describeError(rates.error)} />
      ) : (
        <RateGraph points={rates.data ?? []} label={t("statistics.graph")} />
      )}
      <dl className="grid grid-cols-[repeat(auto-fill,minmax(18rem,1fr))] gap-x-6 gap-y-1">
        {facts.map(([name, value]) => (
          <div key={name} className="flex gap-3">
            <dt className="text-dim w-44 shrink-0">{name}</dt>
            <dd className="tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function ratio(up: number, down: number, format: (value: number) => string): string {
  return down === 0 ? "–" : format(up / down);
}
