/** A torrent's trackers: tiers, how each does, when it is asked next; the list can be edited. */
import type { Torrent, Tracker } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { FormButtons } from "../ui/form-buttons.tsx";
import { Labelled } from "../ui/labelled.tsx";
import { Notice } from "../ui/notice.tsx";
import { useAct } from "../ui/use-act.ts";
import { useFormat } from "../ui/use-format.ts";
import { formatTiers, parseTiers } from "./tiers.ts";
import { WebSeeds } from "./web-seeds.tsx";

export default function TrackersTab({ torrent }: { readonly torrent: Torrent }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const act = useAct();
  const [isEditing, setEditing] = useState(false);
  const ref = torrent.infoHash;
  const trackers = useQuery({
    queryKey: ["trackers", ref, isEditing],
    queryFn: () => client.call("listTrackers", { params: { ref }, query: { secrets: isEditing } }),
    refetchInterval: isEditing ? false : 2_000,
  });
  if (trackers.isError) return <Notice title={t("failed")} text={describeError(trackers.error)} />;
  if (trackers.data === undefined) return <p className="p-4 text-dim">{t("loading")}</p>;
  if (isEditing) return <TrackerEditor torrent={torrent} trackers={trackers.data} onDone={() => setEditing(false)} />;
  const announce = (): void =>
    act(() => client.call("actOnTorrents", { body: { action: "reannounce", refs: [ref] } }), {
      message: t("trackers.asked"),
    });
  return (
    <div className="flex flex-col">
      <div className="flex gap-2 p-2">
        <button type="button" className="button" onClick={announce}>
          {t("action.reannounce")}
        </button>
        <button type="button" className="button" onClick={() => setEditing(true)}>
          {t("trackers.edit")}
        </button>
      </div>
      {trackers.data.length === 0 ? (
        <Notice title={t("trackers.none")} text={t("trackers.noneHint")} />
      ) : (
        <table className="table table-stacked">
          <thead>
            <tr>
              {["tier", "url", "state", "seeders", "leechers", "downloads", "next", "message"].map((name) => (
                <th key={name} scope="col">
                  {t(`trackers.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {trackers.data.map((tracker) => (
              <tr key={tracker.id}>
                <td data-label={t("trackers.tier")}>{tracker.tier + 1}</td>
                <td className="wrap-anywhere wide font-medium">{tracker.url}</td>
                <td className={tracker.state === "failing" ? "text-bad" : ""}>{t(`trackers.${tracker.state}`)}</td>
                <td data-label={t("trackers.seeders")}>{tracker.seeders ?? "–"}</td>
                <td data-label={t("trackers.leechers")}>{tracker.leechers ?? "–"}</td>
                <td data-label={t("trackers.downloads")}>{tracker.downloads ?? "–"}</td>
                <td data-label={t("trackers.next")} className="whitespace-nowrap">
                  {tracker.nextAnnounceAtMs === undefined ? "–" : format.time(tracker.nextAnnounceAtMs)}
                </td>
                <td className="wrap-anywhere wide">{tracker.message ?? ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {torrent.hasMetadata && <WebSeeds torrent={torrent} />}
    </div>
  );
}

interface TrackerEditorProps {
  readonly torrent: Torrent;
  readonly trackers: readonly Tracker[];
  readonly onDone: () => void;
}

/** One URL a line, a blank line between tiers. */
function TrackerEditor({ torrent, trackers, onDone }: TrackerEditorProps): React.JSX.Element {
  const { t } = useTranslation();
  const act = useAct();
  const [text, setText] = useState(formatTiers(trackers));
  return (
    <form
      className="p-3 flex flex-col gap-3 max-w-2xl"
      onSubmit={(event) => {
        event.preventDefault();
        onDone();
        const params = { ref: torrent.infoHash };
        act(() => client.call("replaceTrackers", { params, body: { tiers: parseTiers(text) } }));
      }}
    >
      <Labelled label={t("trackers.list")} hint={t("trackers.listHint")}>
        {(ids) => (
          <textarea
            {...ids}
            className="field min-h-40"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Labelled>
      <FormButtons onCancel={onDone} />
    </form>
  );
}
