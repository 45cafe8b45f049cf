/** What happened in the daemon: events for everybody, and the log for its owner. */
import type { LogLevel } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { Labelled } from "../ui/labelled.tsx";
import { Notice } from "../ui/notice.tsx";
import { useAct } from "../ui/use-act.ts";
import { useFormat } from "../ui/use-format.ts";
import { EventList } from "./event-list.tsx";

const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

export default function LogView(): React.JSX.Element {
  const { t } = useTranslation();
  const [part, setPart] = useState<"events" | "log">("events");
  return (
    <section className="h-full overflow-auto flex flex-col" aria-labelledby="log-title">
      <div className="p-4 flex items-center gap-3">
        <h1 id="log-title" className="text-lg font-semibold flex-1">
          {t("log.title")}
        </h1>
        <div className="segments">
          {(["events", "log"] as const).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={part === each}
              className="segment"
              onClick={() => setPart(each)}
            >
              {t(`log.${each}`)}
            </button>
          ))}
        </div>
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
  const [level, setLevel] = useState<LogLevel>("info");
  const log = useQuery({
    queryKey: ["log", level],
    queryFn: () => client.call("readLog", { query: { level, limit: 500 } }),
    refetchInterval: 3_000,
  });
  if (log.isError) return <Notice title={t("failed")} text={describeError(log.error)} />;
  return (
    <>
      <div className="px-4 pb-3 flex flex-wrap items-end gap-4">
        <LevelField label={t("log.level")} level={level} onLevel={setLevel} />
        <WrittenLevel />
      </div>
      <table className="table table-stacked">
        <thead>
          <tr>
            {["events.time", "log.levelOf", "log.area", "events.what"].map((name) => (
              <th key={name} scope="col">
                {t(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(log.data ?? []).toReversed().map((entry) => (
            <tr key={entry.id}>
              <td className="whitespace-nowrap w-32 text-dim">{format.time(entry.atMs)}</td>
              <td className={`w-16 ${TONES[entry.level] ?? ""}`}>{entry.level}</td>
              <td className="w-32 text-dim">{entry.area}</td>
              <td className="wide wrap-anywhere">{entry.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const TONES: Readonly<Partial<Record<LogLevel, string>>> = { warn: "text-warn", error: "text-bad", fatal: "text-bad" };

/** What is written at all, until the daemon ends; what is not written cannot be shown afterwards. */
function WrittenLevel(): React.JSX.Element {
  const { t } = useTranslation();
  const act = useAct();
  const levels = useQuery({ queryKey: ["log-levels"], queryFn: () => client.call("showLogLevels", {}) });
  return (
    <LevelField
      label={t("log.written")}
      level={levels.data?.["*"] ?? "info"}
      onLevel={(level) => act(() => client.call("setLogLevels", { body: { "*": level } }))}
    />
  );
}

interface LevelFieldProps {
  readonly label: string;
  readonly level: LogLevel;
  readonly onLevel: (level: LogLevel) => void;
}

function LevelField({ label, level, onLevel }: LevelFieldProps): React.JSX.Element {
  return (
    <div className="w-40">
      <Labelled label={label}>
        {(ids) => (
          <select
            {...ids}
            className="field"
            value={level}
            onChange={(event) => onLevel(LEVELS.find((each) => each === event.target.value) ?? "info")}
          >
            {LEVELS.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
      </Labelled>
    </div>
  );
}
