/** What is known of a connection, as words. */
import type { Peer } from "@torrential/api";
import type { TFunction } from "i18next";

/** Choke and interest as sentences. */
export function describeState(peer: Peer, t: TFunction): string {
  const parts = [
    peer.amInterested ? t(peer.peerChoking ? "peers.weWait" : "peers.weGet") : t("peers.weWantNothing"),
    peer.peerInterested ? t(peer.amChoking ? "peers.itWaits" : "peers.itGets") : t("peers.itWantsNothing"),
  ];
  if (peer.isSnubbed) parts.push(t("peers.snubbed"));
  return parts.join(", ");
}

const SOURCES: readonly string[] = ["user", "tracker", "incoming", "resume", "magnet", "pex", "dht", "lsd"];

/** Who told us of it, and how it is connected: "tracker, uTP". A word that is not ours stays as it is. */
export function describeSource({ isOutgoing, source, isUtp, isEncrypted }: Peer, t: TFunction): string {
  const from = isOutgoing ? source : "incoming";
  const parts = from === undefined ? [] : [SOURCES.includes(from) ? t(`peers.from.${from}`) : from];
  parts.push(isUtp ? "uTP" : "TCP");
  if (isEncrypted) parts.push(t("peers.encrypted"));
  return parts.join(", ");
}
