/** `sync/torrentPeers`: the peers of one torrent, then only what changed. */
import type { PeerView } from "../../service/torrent-view.ts";
import { compareSnapshots, type Snapshot } from "./delta.ts";
import { type Handler, json, QbError } from "./http.ts";

export type QbPeer = Readonly<Record<string, string | number | boolean>>;
/** By "address:port". */
export type PeersData = Snapshot<QbPeer>;

export const torrentPeers: Handler = async ({ params, session }, { service }) => {
  // Without `hash`, too, it is the torrent that is not found.
  const infoHash = service.torrents.get(params.text("hash")?.trim() ?? "")?.infoHash;
  if (infoHash === undefined) throw new QbError(404, "Not Found");
  const poll = session.peers(infoHash);
  const before = poll.begin(params.int("rid") ?? 0);
  const peers = await service.torrents.peers(infoHash);
  const after: PeersData = new Map(peers.map((peer) => [peer.endpoint, describePeer(peer)]));
  const rid = poll.end(after);
  if (before === undefined) {
    // Flags of countries: addresses are not looked up.
    return json({ rid, full_update: true, show_flags: false, peers: Object.fromEntries(after) });
  }
  const { changed, removed } = compareSnapshots(before, after);
  return json({
    rid,
    ...(Object.keys(changed).length === 0 ? {} : { peers: changed }),
    ...(removed.length === 0 ? {} : { peers_removed: removed }),
  });
};

function describePeer(peer: PeerView): QbPeer {
  const flags = peerFlags(peer);
  return {
    client: peer.client,
    connection: peer.isUtp ? "μTP" : "BT",
    // Not there, there, without flags; but clients read them without looking.
    country: "",
    country_code: "",
    dl_speed: Math.round(peer.downRate),
    downloaded: peer.downloadedBytes,
    files: "",
    flags: flags.map(([flag]) => flag).join(" "),
    flags_desc: flags.map(([flag, meaning]) => `${flag} = ${meaning}`).join("\n"),
    ip: peer.address,
    peer_id_client: "",
    port: peer.port,
    progress: peer.progress,
    relevance: 0,
    up_speed: Math.round(peer.upRate),
    uploaded: peer.uploadedBytes,
  };
}

/** The letters that qBittorrent's users know, each with its sentence. */
function peerFlags(peer: PeerView): (readonly [flag: string, meaning: string])[] {
  const flags: (readonly [string, string])[] = [];
  const add = (isSet: boolean, flag: string, meaning: string): void => {
    if (isSet) flags.push([flag, meaning]);
  };
  add(peer.amInterested && !peer.peerChoking, "D", "Interested (local) and unchoked (peer)");
  add(peer.amInterested && peer.peerChoking, "d", "Interested (local) and choked (peer)");
  add(peer.peerInterested && !peer.amChoking, "U", "Interested (peer) and unchoked (local)");
  add(peer.peerInterested && peer.amChoking, "u", "Interested (peer) and choked (local)");
  add(!peer.amInterested && !peer.peerChoking, "K", "Not interested (local) and unchoked (peer)");
  add(!peer.peerInterested && !peer.amChoking, "?", "Not interested (peer) and unchoked (local)");
  add(peer.isSnubbed, "S", "Peer snubbed");
  add(!peer.isOutgoing, "I", "Incoming connection");
  add(peer.source === "dht", "H", "Peer from DHT");
  add(peer.source === "pex", "X", "Peer from PEX");
  add(peer.source === "lsd", "L", "Peer from LSD");
  add(peer.isEncrypted, "E", "Encrypted traffic");
  add(peer.isUtp, "P", "μTP");
  return flags;
}
