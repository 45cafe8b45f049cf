/** What a torrent is and does: pieces as a picture, rates over time, and the facts. */
import type { Torrent } from "@torrential/api";
import { useTranslation } from "react-i18next";
import { RateHistory } from "../graph/rate-history.tsx";
import { translateRemedy } from "../i18n/daemon-words.ts";
import { useFormat } from "../ui/use-format.ts";
import { PieceMap } from "./piece-map.tsx";

export function Overview({ torrent }: { readonly torrent: Torrent }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const date = (atMs: number | undefined): string => (atMs === undefined ? "–" : format.dateTime(atMs));
  const facts: readonly (readonly [name: string, value: string])[] = [
    [
      t("field.sizeBytes"),
      t("overview.size", { wanted: format.bytes(torrent.wantedBytes), size: format.bytes(torrent.sizeBytes) }),
    ],
    [
      t("field.pieces"),
      `${format.number(torrent.piecesHave)} / ${format.number(torrent.pieceCount)} × ${format.binary(torrent.pieceLength)}`,
    ],
    [t("field.downloadedBytes"), format.bytes(torrent.downloadedBytes)],
    [t("field.uploadedBytes"), format.bytes(torrent.uploadedBytes)],
    [t("field.ratio"), torrent.ratio === undefined ? "–" : format.number(torrent.ratio)],
    [t("field.wastedBytes"), format.bytes(torrent.wastedBytes)],
    [t("field.availability"), format.number(torrent.availability)],
    [t("field.addedAtMs"), date(torrent.addedAtMs)],
    [t("field.completedAtMs"), date(torrent.completedAtMs)],
    [t("field.activeTimeMs"), format.duration(torrent.activeTimeMs)],
    [t("field.seedingTimeMs"), format.duration(torrent.seedingTimeMs)],
    [t("field.folder"), torrent.currentFolder],
    [t("field.infoHash"), torrent.infoHash],
    [t("field.infoHashV2"), torrent.infoHashV2 ?? "–"],
    [t("field.createdBy"), torrent.createdBy ?? "–"],
    [t("field.createdAtMs"), date(torrent.createdAtMs)],
    [t("field.comment"), torrent.comment ?? "–"],
    [t("field.isPrivate"), t(torrent.isPrivate ? "yes" : "no")],
  ];
  return (
    <div className="p-3 flex flex-col gap-4">
      {torrent.problem !== undefined && (
        <div role="alert" className="rounded-lg border border-bad p-3">
          <p className="font-semibold text-bad">{torrent.problem.message}</p>
          <p>{translateRemedy(t, torrent.problem)}</p>
        </div>
      )}
      <PieceMap torrent={torrent} />
      <div className="grid gap-x-8 gap-y-4 xl:grid-cols-2">
        <RateHistory infoHash={torrent.infoHash} />
        <dl className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,19rem),1fr))] content-start gap-x-6 gap-y-1.5">
          {facts.map(([name, value]) => (
            <div key={name} className="flex gap-3 min-w-0">
              <dt className="text-dim w-32 shrink-0">{name}</dt>
              <dd className="wrap-anywhere min-w-0">{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </div>
  );
}
