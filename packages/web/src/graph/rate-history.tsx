/** The rates of the daemon, or of one torrent, over a span that one chooses. */
import type { RatePoint } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { Notice } from "../ui/notice.tsx";
import { RateGraph } from "./rate-graph.tsx";
import { fillGaps, GRAPH_SPANS, type GraphSpan } from "./spans.ts";

const NONE: readonly RatePoint[] = [];
const FAST_MS = 1_000;
const SLOW_MS = 30_000;

/** `infoHash`: absent for the whole daemon. */
export function RateHistory({ infoHash }: { readonly infoHash?: string }): React.JSX.Element {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<GraphSpan>(GRAPH_SPANS[0]);
  const { span } = chosen;
  const rates = useQuery({
    queryKey: ["rates", infoHash ?? "", span],
    queryFn: () =>
      infoHash === undefined
        ? client.call("showRates", { query: { span } })
        : client.call("showTorrentRates", { params: { ref: infoHash }, query: { span } }),
    refetchInterval: span === "minute" ? FAST_MS : SLOW_MS,
  });
  const now = rates.dataUpdatedAt;
  const points = useMemo(() => fillGaps(rates.data ?? NONE, chosen, now), [rates.data, chosen, now]);
  return (
    <div className="flex flex-col gap-2">
      <SpanChoice chosen={chosen} onChoose={setChosen} />
      {rates.isError ? (
        <Notice title={t("failed")} text={describeError(rates.error)} />
      ) : (
        <RateGraph points={points} fromMs={now - chosen.windowMs} toMs={now} label={t("graph.label")} />
      )}
    </div>
  );
}

interface SpanChoiceProps {
  readonly chosen: GraphSpan;
  readonly onChoose: (span: GraphSpan) => void;
}

function SpanChoice({ chosen, onChoose }: SpanChoiceProps): React.JSX.Element {
  const { t, i18n } = useTranslation();
  const name = ({ count, unit }: GraphSpan): string =>
    new Intl.NumberFormat(i18n.language, { style: "unit", unit, unitDisplay: "short" }).format(count);
  return (
    <div role="group" aria-label={t("graph.span")} className="segments self-start">
      {GRAPH_SPANS.map((each) => (
        <button
          key={each.name}
          type="button"
          aria-pressed={chosen.name === each.name}
          className="segment"
          onClick={() => onChoose(each)}
        >
          {name(each)}
        </button>
      ))}
    </div>
  );
}
