/** Events as a table of time and sentence. */
import type { HistoryEvent } from "@torrential/api";
import { useTranslation } from "react-i18next";
import { Notice } from "../ui/notice.tsx";
import { useFormat } from "../ui/use-format.ts";

const TONES = { info: "", warning: "text-warn", error: "text-bad" } as const;

export function EventList({ events }: { readonly events: readonly HistoryEvent[] }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  if (events.length === 0) return <Notice title={t("events.none")} />;
  return (
    <table className="table table-stacked">
      <thead>
        <tr>
          <th scope="col">{t("events.time")}</th>
          <th scope="col">{t("events.what")}</th>
        </tr>
      </thead>
      <tbody>
        {events.map(({ id, atMs, level, message }) => (
          <tr key={id}>
            <td className="whitespace-nowrap w-48 wide text-dim">{format.dateTime(atMs)}</td>
            <td className={`wide wrap-anywhere ${TONES[level]}`}>{message}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
