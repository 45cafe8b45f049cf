/** Connected peers: who they are, what flows, and who waits for whom, in words. */
import type { Peer, Torrent } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { Notice } from "../ui/notice.tsx";
import { Progress } from "../ui/progress.tsx";
import { useAct } from "../ui/use-act.ts";
import { useFormat } from "../ui/use-format.ts";
import { brandOf } from "./client-brand.ts";
import { describeSource, describeState } from "./peer-words.ts";

export default function PeersTab({ torrent }: { readonly torrent: Torrent }): React.JSX.Element {
  const { t } = useTranslation();
  const act = useAct();
  const peers = useQuery({
    queryKey: ["peers", torrent.infoHash],
    queryFn: () => client.call("listPeers", { params: { ref: torrent.infoHash } }),
    refetchInterval: 1_000,
  });
  const ban = (endpoint: string): void =>
    act(() => client.call("banPeers", { body: { endpoints: [endpoint] } }), {
      message: t("peers.banned", { endpoint }),
    });
  if (peers.isError) return <Notice title={t("failed")} text={describeError(peers.error)} />;
  return (
    <div className="flex flex-col md:min-w-max">
      <AddPeers torrent={torrent} />
      {peers.data?.length === 0 ? (
        <Notice title={t("peers.none")} text={t("peers.noneHint")} />
      ) : (
        <table className="table table-stacked">
          <thead>
            <tr>
              {[
                "endpoint",
                "client",
                "source",
                "progress",
                "downRate",
                "upRate",
                "downloaded",
                "uploaded",
                "state",
              ].map((name) => (
                <th key={name} scope="col">
                  {t(`peers.${name}`)}
                </th>
              ))}
              <th scope="col">
                <span className="sr-only">{t("peers.actions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {(peers.data ?? []).toSorted(byRate).map((peer) => (
              <PeerRow key={peer.endpoint} peer={peer} onBan={ban} />
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

interface PeerRowProps {
  readonly peer: Peer;
  readonly onBan: (endpoint: string) => void;
}

function PeerRow({ peer, onBan }: PeerRowProps): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <tr>
      <td className="wide font-medium">{peer.endpoint}</td>
      <td className="max-w-56 wide">
        <span className="flex items-center gap-2 min-w-0" title={peer.client}>
          <ClientMark client={peer.client} />
          <bdi className="truncate">{peer.client}</bdi>
        </span>
      </td>
      <td data-label={t("peers.source")}>{describeSource(peer, t)}</td>
      <td className="min-w-28 wide">
        <Progress share={peer.progress} label={t("field.progress")} tone={peer.isSeed ? "up" : "accent"} />
      </td>
      <td data-label={t("peers.downRate")} className="text-down whitespace-nowrap">
        {format.rate(peer.downRate) || "–"}
      </td>
      <td data-label={t("peers.upRate")} className="text-up whitespace-nowrap">
        {format.rate(peer.upRate) || "–"}
      </td>
      <td data-label={t("peers.downloaded")} className="whitespace-nowrap">
        {format.bytes(peer.downloadedBytes)}
      </td>
      <td data-label={t("peers.uploaded")} className="whitespace-nowrap">
        {format.bytes(peer.uploadedBytes)}
      </td>
      <td className="wide text-dim">{describeState(peer, t)}</td>
      <td className="wide">
        <button type="button" className="button min-h-7!" onClick={() => onBan(peer.endpoint)}>
          {t("peers.ban")}
        </button>
      </td>
    </tr>
  );
}

function byRate(a: Peer, b: Peer): number {
  return b.downRate + b.upRate - (a.downRate + a.upRate) || a.endpoint.localeCompare(b.endpoint);
}

/** Its name stands beside it. */
function ClientMark({ client }: { readonly client: string }): React.JSX.Element {
  const { letters, color } = brandOf(client);
  return (
    <span
      aria-hidden="true"
      className="shrink-0 w-6 h-5 rounded inline-flex items-center justify-center text-[0.6875rem] font-bold text-white"
      style={{ background: color }}
    >
      {letters}
    </span>
  );
}

function AddPeers({ torrent }: { readonly torrent: Torrent }): React.JSX.Element {
  const { t } = useTranslation();
  const act = useAct();
  const [text, setText] = useState("");
  return (
    <form
      className="flex gap-2 p-2"
      onSubmit={(event) => {
        event.preventDefault();
        const endpoints = text.split(/[\s,]+/).filter((each) => each !== "");
        setText("");
        act(() => client.call("addPeers", { params: { ref: torrent.infoHash }, body: { endpoints } }));
      }}
    >
      <input
        className="field max-w-80"
        aria-label={t("peers.add")}
        placeholder="198.51.100.7:6881"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button whitespace-nowrap" disabled={text.trim() === ""}>
        {t("peers.add")}
      </button>
    </form>
  );
}
