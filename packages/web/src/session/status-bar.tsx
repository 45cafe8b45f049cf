/** The foot of the page: rates, limits, free space, how peers reach us, whether what is shown is fresh. */
import type { SessionInfo } from "@torrential/api";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../live/client.ts";
import type { Connection } from "../live/live-store.ts";
import { useLive } from "../live/use-live.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import { useAct } from "../ui/use-act.ts";
import { useFormat } from "../ui/use-format.ts";

export function StatusBar(): React.JSX.Element {
  const session = useLive((state) => state.session);
  const connection = useLive((state) => state.connection);
  useTitle(session);
  return (
    <footer className="flex items-center gap-x-2 sm:gap-x-4 px-3 min-h-11 border-t border-line bg-panel text-sm whitespace-nowrap overflow-hidden">
      {session !== undefined && <SessionWords session={session} />}
      <span className="flex-1" />
      <ConnectionWords connection={connection} />
    </footer>
  );
}

/** What moves stands in the tab too, where one sees it from another page. */
function useTitle(session: SessionInfo | undefined): void {
  const format = useFormat();
  const [down, up] = [format.rate(session?.downRate ?? 0), format.rate(session?.upRate ?? 0)];
  useEffect(() => {
    const rates = [down === "" ? "" : `↓ ${down}`, up === "" ? "" : `↑ ${up}`].filter((part) => part !== "");
    document.title = [...rates, "Torrential"].join(" · ");
  }, [down, up]);
}

function SessionWords({ session }: { readonly session: SessionInfo }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const limit = (bytesPerSec: number | undefined): string =>
    bytesPerSec === undefined ? "" : ` / ${format.rate(bytesPerSec)}`;
  const reach =
    session.isReachable === undefined
      ? "status.reachUnknown"
      : session.isReachable
        ? "status.reachable"
        : "status.unreachable";
  return (
    <>
      <span className="text-down tabular-nums font-medium" title={t("field.downRate")}>
        {`↓ ${format.rate(session.downRate) || "0"}${limit(session.limits.down)}`}
      </span>
      <span className="text-up tabular-nums font-medium" title={t("field.upRate")}>
        {`↑ ${format.rate(session.upRate) || "0"}${limit(session.limits.up)}`}
      </span>
      <AlternativeLimits isOn={session.isAlternativeLimits} />
      <Fact icon="peers" text={t("status.peers", { count: session.peers })} from="sm" />
      <Fact icon="globe" text={t("status.dht", { count: session.dhtNodes })} from="md" />
      <Fact
        icon={session.isReachable === false ? "warning" : "link"}
        text={`${t("status.port", { port: session.listenPort })} · ${t(reach)}`}
        from="lg"
      />
      {session.freeBytes !== undefined && (
        <Fact icon="disk" text={t("status.free", { free: format.bytes(session.freeBytes) })} from="md" />
      )}
      {session.isReadOnly && <span className="text-bad font-semibold">{t("status.readOnly")}</span>}
    </>
  );
}

function AlternativeLimits({ isOn }: { readonly isOn: boolean }): React.JSX.Element {
  const { t } = useTranslation();
  const act = useAct();
  return (
    <button
      type="button"
      className={`icon-button px-2 ${isOn ? "bg-chosen text-accent!" : "text-dim!"}`}
      aria-pressed={isOn}
      aria-label={t("status.alternative")}
      title={t("status.alternative")}
      onClick={() => act(() => client.call("setAlternativeLimits", { body: { isOn: !isOn } }))}
    >
      <Icon name="turtle" />
    </button>
  );
}

const FROM = { sm: "hidden sm:flex", md: "hidden md:flex", lg: "hidden lg:flex" } as const;

interface FactProps {
  readonly icon: IconName;
  readonly text: string;
  /** The narrowest page that has room for it; the statistics say it on all. */
  readonly from: keyof typeof FROM;
}

function Fact({ icon, text, from }: FactProps): React.JSX.Element {
  return (
    <span className={`${FROM[from]} items-center gap-1.5 text-dim`}>
      <Icon name={icon} size={14} />
      {text}
    </span>
  );
}

function ConnectionWords({ connection }: { readonly connection: Connection }): React.JSX.Element {
  const { t } = useTranslation();
  const looks = { live: "bg-up", connecting: "bg-warn", lost: "bg-bad" };
  const words = { live: "status.live", connecting: "status.connecting", lost: "status.offline" };
  return (
    <span className="flex items-center gap-1.5 text-dim">
      <span aria-hidden="true" className={`w-2 h-2 rounded-full ${looks[connection.status]}`} />
      {t(words[connection.status])}
    </span>
  );
}
