/** Wire protocols as machines and codecs without I/O: the peer wire, its extensions, trackers, port mapping. */
export { PeerError } from "./peer-error.ts";
export type { PeerErrorCode, PeerErrorOptions } from "./peer-error.ts";

export {
  BLOCK_LENGTH_MAX,
  EXTENDED_HANDSHAKE_LENGTH_MAX,
  MESSAGE_ID,
  MESSAGE_LENGTH_MAX,
  PIECES_MAX,
  PIECE_HEADER_LENGTH,
} from "./wire/messages.ts";
export type { BlockRange, OutgoingMessage, WireMessage } from "./wire/messages.ts";
export { checkBitfield } from "./wire/lengths.ts";
export { WireDecoder } from "./wire/decoder.ts";
export type { BlockTarget, WireSink } from "./wire/decoder.ts";
export { encodeMessage, WireWriter, writePieceHeader } from "./wire/encoder.ts";
export { ALLOWED_FAST_COUNT, allowedFastSet } from "./wire/allowed-fast.ts";
export type { AllowedFastOptions } from "./wire/allowed-fast.ts";
export { decodeExtendedHandshake, encodeExtendedHandshake } from "./wire/extended.ts";
export type { ExtendedHandshake } from "./wire/extended.ts";
export {
  decodeMetadataMessage,
  encodeMetadataMessage,
  METADATA_EXTENSION,
  METADATA_PIECE_LENGTH,
  metadataPieceCount,
  metadataPieceLength,
} from "./extension/metadata.ts";
export type { MetadataMessage } from "./extension/metadata.ts";
export { decodePexMessage, encodePexMessage, PEX_EXTENSION } from "./extension/pex.ts";
export type { PexFlags, PexMessage, PexPeer } from "./extension/pex.ts";
export { encodeHandshake, HANDSHAKE_LENGTH, HandshakeReader } from "./wire/handshake.ts";
export type { Handshake, HandshakeExtensions } from "./wire/handshake.ts";

export { LsdMachine } from "./lsd/machine.ts";
export type { LsdOptions, LsdOutput, LsdSource } from "./lsd/machine.ts";
export { decodeLsdAnnounce, encodeLsdAnnounce, LSD_GROUPS, LSD_PORT } from "./lsd/packet.ts";
export type { LsdAnnounce } from "./lsd/packet.ts";

export { TrackerError } from "./tracker/types.ts";
export type {
  AnnounceEvent,
  AnnounceRequest,
  AnnounceResponse,
  ScrapeEntry,
  TrackerErrorCode,
  TrackerErrorOptions,
} from "./tracker/types.ts";
export { buildAnnounceUrl, buildScrapeUrl, parseAnnounceResponse, parseScrapeResponse } from "./tracker/http.ts";
export { TRACKER_BODY_LENGTH_MAX } from "./tracker/http.ts";
export { UdpTrackerMachine } from "./tracker/udp.ts";
export type { UdpTrackerDeps, UdpTrackerOptions, UdpTrackerOutput } from "./tracker/udp.ts";
export { parseUdpTrackerUrl, UDP_SCRAPE_MAX } from "./tracker/udp-packets.ts";
export type { UdpTrackerUrl } from "./tracker/udp-packets.ts";

export { PortMapper } from "./portmap/port-mapper.ts";
export type { PortMapperDeps, PortMapperOptions, PortMapperOutput } from "./portmap/port-mapper.ts";
export { decodePmpAnswer, PMP_ANNOUNCE_PORT, PMP_PORT } from "./portmap/pmp-packets.ts";
export { decodeSsdpAnswer, decodeSsdpNotice, SSDP_ADDRESS, SSDP_PORT } from "./portmap/ssdp.ts";
export { decodeSoap, GET_EXTERNAL_ADDRESS, isOwnUrl, parseIgdDescription } from "./portmap/igd.ts";
export type { MapMethod, MapProtocol, PortMapping, PortWish } from "./portmap/types.ts";
export type { GatewayHttpResult } from "./portmap/upnp-client.ts";
export { parseXml, XmlError } from "./portmap/xml.ts";
export type { XmlElement } from "./portmap/xml.ts";
export { BloomFilter } from "./dht/bloom-filter.ts";
export type { Contact } from "./dht/contact.ts";
export { decodeKrpc } from "./dht/decode.ts";
export { DhtNode } from "./dht/dht-node.ts";
export type { DhtDeps, DhtOptions, DhtOutput } from "./dht/dht-node.ts";
export { encodeQuery } from "./dht/encode.ts";
export { checkValue, isSigned, mutableTarget, signItem, targetOfItem } from "./dht/item.ts";
export type { DhtItem, ImmutableItem, MutableItem } from "./dht/item.ts";
export type { DhtAnswer, DhtQuery, KrpcMessage } from "./dht/messages.ts";
export { compareDistance, isIdOfAddress, isLocalAddress, makeNodeId } from "./dht/node-id.ts";
export type { Reachability as DhtReachability } from "./dht/reachability.ts";
export type { DhtReport, DhtRequest, PutItem } from "./dht/requests.ts";
export { targetOfPut } from "./dht/walk.ts";
export type { DhtSocketStatus, DhtStatus } from "./dht/status.ts";

export { TrackerServer } from "./tracker/server/tracker-server.ts";
export type {
  HttpAnswer,
  SeenAnnounce,
  TrackerServerDeps,
  TrackerServerOptions,
  TrackerStats,
} from "./tracker/server/tracker-server.ts";
export { parseHttpRequest, TrackerRefusal } from "./tracker/server/requests.ts";
export type { IncomingAnnounce, IncomingRequest, IncomingScrape } from "./tracker/server/requests.ts";
