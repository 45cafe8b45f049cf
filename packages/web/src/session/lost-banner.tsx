/** Says that the daemon is gone, how old everything on the page is, and when it is tried next. */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Connection } from "../live/live-store.ts";
import { useLive, useLiveStore } from "../live/use-live.ts";
import { Icon } from "../ui/icon.tsx";
import { useFormat } from "../ui/use-format.ts";

export function LostBanner(): React.JSX.Element | undefined {
  const connection = useLive((state) => state.connection);
  return connection.status === "lost" ? <Banner connection={connection} /> : undefined;
}

function Banner({ connection }: { readonly connection: Extract<Connection, { status: "lost" }> }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const store = useLiveStore();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    const retry = (): void => store.retry();
    window.addEventListener("online", retry);
    return () => {
      window.clearInterval(timer);
      window.removeEventListener("online", retry);
    };
  }, [store]);
  return (
    <section
      aria-label={t("status.lostTitle")}
      className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-1.5 border-b border-bad bg-panel"
    >
      <span className="text-bad">
        <Icon name="warning" />
      </span>
      <p role="alert" className="font-semibold text-bad">
        {t("status.lostTitle")}
      </p>
      <p className="flex-1">
        {t("status.stale", { age: format.duration(now - connection.since) })}{" "}
        {t("status.retryIn", { wait: format.duration(Math.max(0, connection.retryAt - now)) })}
      </p>
      <button type="button" className="button" onClick={() => store.retry()}>
        {t("status.retry")}
      </button>
    </section>
  );
}
