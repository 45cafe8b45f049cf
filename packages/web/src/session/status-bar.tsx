/** The foot of the page: rates, limits, free space, how peers reach us, whether what is shown is fresh. */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../live/client.ts";
import type { Connection } from "../live/live-store.ts";
import { useLive } from "../live/use-live.ts";
import { Icon } from "../ui/icon.tsx";
import { useAct } from "../ui/use-act.ts";
import { useFormat } from "../ui/use-format.ts";

export function StatusBar(): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const session = useLive((state) => state.session);
  const connection = useLive((state) => state.connection);
  const act = useAct();
  if (session === undefined) return <footer className="h-10 border-t border-line bg-panel" />;
  const toggle = (): void =>
    act(() => client.call("setAlternativeLimits", { body: { isOn: !session.isAlternativeLimits } }));
  const limit = (bytesPerSec: number | undefined): string =>
    bytesPerSec === undefined ? "" : ` / ${format.rate(bytesPerSec)}`;
  return (
    <footer className="flex items-center gap-4 px-3 min-h-10 border-t border-line bg-panel text-sm overflow-x-auto whitespace-nowrap">
      <span className="text-down tabular-nums" title={t("field.downRate")}>
        {`↓ ${format.rate(session.downRate) || "0"}${limit(session.limits.down)}`}
      </span>
      <span className="text-up tabular-nums" title={t("field.upRate")}>
        {`↑ ${format.rate(session.upRate) || "0"}${limit(session.limits.up)}`}
      </span>
      <button
        type="button"
        className={`icon-button px-2 gap-1 ${session.isAlternativeLimits ? "bg-chosen" : ""}`}
        aria-pressed={session.isAlternativeLimits}
        aria-label={t("status.alternative")}
        title={t("status.alternative")}
        onClick={toggle}
      >
        <Icon name="turtle" size={16} />
      </button>
      <span>{t("status.peers", { count: session.peers })}</span>
      <span>{t("status.dht", { count: session.dhtNodes })}</span>
      <span>{t("status.port", { port: session.listenPort })}</span>
      <span>
        {t(
          session.isReachable === undefined
            ? "status.reachUnknown"
            : session.isReachable
              ? "status.reachable"
              : "status.unreachable",
        )}
      </span>
      {session.freeBytes !== undefined && <span>{t("status.free", { free: format.bytes(session.freeBytes) })}</span>}
      {session.isReadOnly && <span className="text-bad font-semibold">{t("status.readOnly")}</span>}
      <span className="flex-1" />
      <ConnectionWords connection={connection} />
    </footer>
  );
}

function ConnectionWords({ connection }: { readonly connection: Connection }): React.JSX.Element {
  const { t } = useTranslation();
  if (connection.status !== "lost") {
    return <span className="text-dim">{t(connection.status === "live" ? "status.live" : "status.connecting")}</span>;
  }
  return <LostWords connection={connection} />;
}

/** Counts down to the next try, and says how old everything on the page is. */
function LostWords({
  connection,
}: {
  readonly connection: Extract<Connection, { status: "lost" }>;
}): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <span role="alert" className="text-bad font-semibold">
      {t("status.lost", {
        age: format.duration(now - connection.since),
        wait: format.duration(Math.max(0, connection.retryAt - now)),
      })}
    </span>
  );
}
