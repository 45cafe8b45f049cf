/**
 * Peer exchange (BEP 11) as an extension of the peer protocol: tells each peer once a minute whom we have connected to
 * and lost, and takes in whom others name, within quotas (PROMISES C16).
 */
import { classifyIp, type Endpoint, endpointKey } from "@torrential/core";
import { decodePexMessage, encodePexMessage, PEX_EXTENSION, PeerError, type PexPeer } from "@torrential/protocol";
import type { Millis } from "../ports/machine.ts";
import type { ConnectionId } from "../ports/network.ts";
import type { ExtensionPeer, PeerExtension } from "./extensions.ts";

/** BEP 11: "no more than 1 PEX message per minute", at most 50 added and 50 dropped in each. */
const INTERVAL_MS = 60_000;
const ENTRIES_MAX = 50;
/** C16: of a first message up to 200 are heard, of later ones 50. */
const FIRST_ENTRIES_MAX = 200;
/** libtorrent: six messages in 60 s are put up with. */
const MESSAGES_MAX = 6;
const MESSAGES_WINDOW_MS = 60_000;

export interface PexOptions {
  /** False while it is not known whether the torrent is private: then we listen only. */
  readonly isTelling: boolean;
  /** Takes in a peer that another one named. */
  readonly add: (peer: PexPeer, now: Millis) => void;
}

/** What was said to and heard from one peer. */
interface Partner {
  readonly told: Map<string, Endpoint>;
  nextAt: Millis;
  /** When its latest messages came, oldest first. */
  heardAt: readonly Millis[];
  isFirst: boolean;
}

export function makePex(options: PexOptions): PeerExtension<ExtensionPeer> {
  const partners = new Map<ConnectionId, Partner>();
  const partnerOf = (peer: ExtensionPeer): Partner => {
    const known = partners.get(peer.connection);
    if (known !== undefined) return known;
    const partner: Partner = { told: new Map(), nextAt: 0, heardAt: [], isFirst: true };
    partners.set(peer.connection, partner);
    return partner;
  };
  return {
    name: PEX_EXTENSION,
    handleMessage: (peer, payload, now) => {
      const partner = partnerOf(peer);
      countMessage(partner, now);
      const { added } = decodePexMessage(payload);
      const most = partner.isFirst ? FIRST_ENTRIES_MAX : ENTRIES_MAX;
      partner.isFirst = false;
      for (const each of added.slice(0, most)) if (isFit(each.endpoint, peer.endpoint)) options.add(each, now);
    },
    handleKnown: (peer) => void partnerOf(peer),
    handleGone: (peer) => void partners.delete(peer.connection),
    handleSecond: (peers, now) => {
      if (!options.isTelling) return;
      const connected = peers.flatMap((peer) => toPexPeer(peer) ?? []);
      for (const peer of peers) {
        const partner = partners.get(peer.connection);
        if (partner === undefined || !peer.extensionIds.has(PEX_EXTENSION) || now < partner.nextAt) continue;
        if (tell(peer, partner, connected)) partner.nextAt = now + INTERVAL_MS;
      }
    },
  };
}

/** Where a connected peer can be reached, undefined when nobody knows. */
export function reachableEndpoint({ endpoint, isOutgoing, known }: ExtensionPeer): Endpoint | undefined {
  return isOutgoing ? endpoint : known.listener?.endpoint;
}

function toPexPeer(peer: ExtensionPeer): PexPeer | undefined {
  const endpoint = reachableEndpoint(peer);
  if (endpoint === undefined) return undefined;
  const { isOutgoing: outgoing, isSeed: seed } = peer;
  return { endpoint, flags: { encryption: false, seed, utp: false, holepunch: false, outgoing } };
}

/** Sends what has changed since the last message. False when nothing has. */
function tell(peer: ExtensionPeer, { told }: Partner, connected: readonly PexPeer[]): boolean {
  const own = reachableEndpoint(peer);
  const others = new Map(connected.map((each) => [endpointKey(each.endpoint), each]));
  if (own !== undefined) others.delete(endpointKey(own));
  const added = [...others]
    .filter(([key, { endpoint }]) => !told.has(key) && isFit(endpoint, peer.endpoint))
    .slice(0, ENTRIES_MAX);
  const dropped = [...told].filter(([key]) => !others.has(key)).slice(0, ENTRIES_MAX);
  if (added.length + dropped.length === 0) return false;
  for (const [key, { endpoint }] of added) told.set(key, endpoint);
  for (const [key] of dropped) told.delete(key);
  const message = { added: added.map(([, each]) => each), dropped: dropped.map(([, endpoint]) => endpoint) };
  peer.sendExtension(PEX_EXTENSION, encodePexMessage(message));
  return true;
}

/** Addresses of a home network mean something in it only, and nobody outside may point us at one (C16). */
function isFit(endpoint: Endpoint, partner: Endpoint): boolean {
  const kind = classifyIp(endpoint.address);
  return kind === "public" || ((kind === "private" || kind === "loopback") && kind === classifyIp(partner.address));
}

function countMessage(partner: Partner, now: Millis): void {
  partner.heardAt = [...partner.heardAt.filter((at) => now - at < MESSAGES_WINDOW_MS), now];
  if (partner.heardAt.length <= MESSAGES_MAX) return;
  throw new PeerError("flood", `more than ${MESSAGES_MAX} peer exchange messages in a minute`, { bep: 11 });
}
