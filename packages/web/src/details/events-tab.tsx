/** What happened to a torrent, newest first. */
import type { Torrent } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { EventList } from "../session/event-list.tsx";
import { Notice } from "../ui/notice.tsx";

export default function EventsTab({ torrent }: { readonly torrent: Torrent }): React.JSX.Element {
  const { t } = useTranslation();
  const events = useQuery({
    queryKey: ["history", torrent.infoHash],
    queryFn: () => client.call("listTorrentHistory", { params: { ref: torrent.infoHash }, query: { limit: 200 } }),
    refetchInterval: 5_000,
  });
  if (events.isError) return <Notice title={t("failed")} text={describeError(events.error)} />;
  return <EventList events={events.data ?? []} />;
}
