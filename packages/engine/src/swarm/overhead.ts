/**
 * What a connection costs beside payload, for those who want it counted: the protocol's own bytes, and the headers of
 * TCP and IP, which are estimated, since nobody tells us of packets.
 */
import type { BandwidthService } from "../bandwidth/service.ts";
import type { Millis } from "../ports/machine.ts";
import type { Peer } from "./peer.ts";

/** Payload of a full TCP segment on Ethernet, with time stamps. */
const SEGMENT_BYTES = 1448;
/** IPv4 20 (IPv6 40), TCP 20, time stamps 12. */
const HEADER_V4_BYTES = 52;
const HEADER_V6_BYTES = 72;
/** One acknowledgement for so many segments. */
const SEGMENTS_PER_ACK = 2;

/** Charges what was not charged yet; call it once a second. */
export function chargeOverhead(peer: Peer, bandwidth: Pick<BandwidthService, "charge">, now: Millis): void {
  const { down, up } = overheadOf(peer);
  if (down > peer.chargedDown) bandwidth.charge(peer.node, "down", down - peer.chargedDown, now);
  if (up > peer.chargedUp) bandwidth.charge(peer.node, "up", up - peer.chargedUp, now);
  peer.chargedDown = Math.max(peer.chargedDown, down);
  peer.chargedUp = Math.max(peer.chargedUp, up);
}

interface Overhead {
  readonly down: number;
  readonly up: number;
}

/** Bytes of both ways since the connection began. What has arrived of a block that is not whole yet counts as payload. */
function overheadOf(peer: Peer): Overhead {
  const { receivedBytes } = peer;
  const sentBytes = peer.send.sentBytes;
  const header = peer.endpoint.family === 4 ? HEADER_V4_BYTES : HEADER_V6_BYTES;
  const segmentsIn = receivedBytes / SEGMENT_BYTES;
  const segmentsOut = sentBytes / SEGMENT_BYTES;
  return {
    down: receivedBytes - peer.down.totalBytes + (segmentsIn + segmentsOut / SEGMENTS_PER_ACK) * header,
    up: sentBytes - peer.up.totalBytes + (segmentsOut + segmentsIn / SEGMENTS_PER_ACK) * header,
  };
}
