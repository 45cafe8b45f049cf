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

/** Who told us of it; a word that is not ours stays as it is. */
export function describeSource({ isOutgoing, source }: Peer, t: TFunction): string {
  const from = isOutgoing ? source : "incoming";
  if (from === undefined || from === "") return "–";
  return SOURCES.includes(from) ? t(`peers.from.${from}`) : from;
}

/** "uTP, encrypted"; empty for plain TCP. */
export function describeTransport({ isUtp, isEncrypted }: Peer, t: TFunction): string {
  return [isUtp ? "uTP" : "TCP", ...(isEncrypted ? [t("peers.encrypted")] : [])].join(", ");
}
