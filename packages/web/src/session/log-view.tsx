/** What happened in the daemon: events for everybody, and the log for its owner. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { Notice } from "../ui/notice.tsx";
import { useFormat } from "../ui/use-format.ts";
import { EventList } from "./event-list.tsx";

const LEVELS = ["debug", "info", "warn", "error"] as const;

export default function LogView(): React.JSX.Element {
  const { t } = useTranslation();
  const [part, setPart] = useState<"events" | "log">("events");
  return (
    <section className="h-full overflow-auto flex flex-col" aria-labelledby="log-title">
      <div className="p-4 flex items-center gap-3">
        <h1 id="log-title" className="text-lg font-semibold flex-1">
          {t("log.title")}
        </h1>
        {(["events", "log"] as const).map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={part === each}
            className={`button ${part === each ? "bg-chosen!" : ""}`}
            onClick={() => setPart(each)}
          >
            {t(`log.${each}`)}
          </button>
        ))}
      </div>
      {part === "events" ? <Events /> : <Log />}
    </section>
  );
}

function Events(): React.JSX.Element {
  const { t } = useTranslation();
  const events = useQuery({
    queryKey: ["history"],
    queryFn: () => client.call("listHistory", { query: { limit: 500 } }),
    refetchInterval: 5_000,
  });
  if (events.isError) return <Notice title={t("failed")} text={describeError(events.error)} />;
  return <EventList events={events.data ?? []} />;
}

function Log(): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const [level, setLevel] = useState<(typeof LEVELS)[number]>("info");
  const log = useQuery({
    queryKey: ["log", level],
    queryFn: () => client.call("readLog", { query: { level, limit: 500 } }),
    refetchInterval: 3_000,
  });
  if (log.isError) return <Notice title={t("failed")} text={describeError(log.error)} />;
  return (
    <>
      <label className="px-4 pb-2 flex items-center gap-2">
        {t("log.level")}
        <select
          className="field w-32!"
          value={level}
          onChange={(event) => setLevel(LEVELS.find((each) => each === event.target.value) ?? "info")}
        >
          {LEVELS.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <table className="table">
        <tbody>
          {(log.data ?? []).toReversed().map((entry) => (
            <tr key={entry.id}>
              <td className="whitespace-nowrap w-32">{format.time(entry.atMs)}</td>
              <td className="w-16">{entry.level}</td>
              <td className="w-32">{entry.area}</td>
              <td className="wrap-anywhere">{entry.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
