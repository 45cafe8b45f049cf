/** The session in numbers and curves, from a minute to a year, and the room on its disks. */
import type { SessionInfo } from "@torrential/api";
import { useTranslation } from "react-i18next";
import { RateHistory } from "../graph/rate-history.tsx";
import { useLive } from "../live/use-live.ts";
import { useFormat } from "../ui/use-format.ts";
import { FreeSpace } from "./free-space.tsx";

type Fact = readonly [name: string, value: string];

export default function Statistics(): React.JSX.Element {
  const { t } = useTranslation();
  const session = useLive((state) => state.session);
  if (session === undefined) return <p className="p-4 text-dim">{t("loading")}</p>;
  return (
    <section className="p-4 flex flex-col gap-4 overflow-auto h-full" aria-labelledby="statistics">
      <h1 id="statistics" className="text-lg font-semibold">
        {t("statistics.title")}
      </h1>
      <div className="card">
        <RateHistory />
      </div>
      <div className="grid grid-cols-1 gap-4 md:grid-cols-2 xl:grid-cols-4">
        <SessionFacts session={session} />
        <TotalFacts session={session} />
        <HealthFacts session={session} />
        <FreeSpace />
      </div>
    </section>
  );
}

function SessionFacts({ session }: { readonly session: SessionInfo }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Facts
      title={t("statistics.session")}
      facts={[
        [t("field.downloadedBytes"), format.bytes(session.downloadedBytes)],
        [t("field.uploadedBytes"), format.bytes(session.uploadedBytes)],
        [t("statistics.wasted"), format.bytes(session.wastedBytes)],
        [t("statistics.torrents"), format.number(session.torrents)],
        [t("statistics.active"), format.number(session.activeTorrents)],
        [t("statistics.uptime"), format.duration(Date.now() - session.startedAtMs)],
      ]}
    />
  );
}

function TotalFacts({ session }: { readonly session: SessionInfo }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const { totalDownloadedBytes: down, totalUploadedBytes: up } = session;
  return (
    <Facts
      title={t("statistics.allTime")}
      facts={[
        [t("field.downloadedBytes"), format.bytes(down)],
        [t("field.uploadedBytes"), format.bytes(up)],
        [t("field.ratio"), down === 0 ? "–" : format.number(up / down)],
        [t("statistics.added"), format.number(session.totalAdded)],
        [t("statistics.starts"), format.number(session.totalStarts)],
        [t("statistics.uptime"), format.duration(session.totalActiveMs)],
      ]}
    />
  );
}

function HealthFacts({ session }: { readonly session: SessionInfo }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const reach =
    session.isReachable === undefined
      ? "status.reachUnknown"
      : session.isReachable
        ? "status.reachable"
        : "status.unreachable";
  return (
    <Facts
      title={t("statistics.health")}
      facts={[
        [t("statistics.reach"), `${t("status.port", { port: session.listenPort })}, ${t(reach)}`],
        [t("statistics.address"), session.externalAddress ?? "–"],
        [t("statistics.dht"), format.number(session.dhtNodes)],
        [t("statistics.peers"), format.number(session.peers)],
        [t("statistics.diskQueue"), format.bytes(session.diskQueueBytes)],
        [t("statistics.engineLoop"), `${format.number(session.engineLoopP99Ms, 1)} ms`],
        [t("statistics.mainLoop"), `${format.number(session.mainLoopP99Ms, 1)} ms`],
        [t("statistics.version"), session.version],
      ]}
    />
  );
}

function Facts({ title, facts }: { readonly title: string; readonly facts: readonly Fact[] }): React.JSX.Element {
  return (
    <section className="card flex flex-col gap-2">
      <h2 className="font-semibold">{title}</h2>
      <dl className="flex flex-col gap-1.5">
        {facts.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-3">
            <dt className="text-dim">{name}</dt>
            <dd className="tabular-nums text-end wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
