/** The engine's events as `--json` prints them, and what of them people are told. */
import { formatEndpoint, type Metainfo } from "@torrential/core";
import { type ClientEvent, type PortMapping, redactUrl } from "@torrential/node";

/** One line of `--json` that is no status. */
export type PublicEvent = { readonly event: string; readonly infoHash?: string } & Readonly<Record<string, unknown>>;

/** Undefined for what is not printed: states go into statuses, and pieces are too many. */
export function toPublicEvent(event: ClientEvent, metainfo: Metainfo | undefined): PublicEvent | undefined {
  if (event.type === "state-failed") return { event: "state-failed", message: event.message };
  if (event.type === "port-mappings") return { event: "port-mappings", mappings: event.mappings };
  const { infoHash } = event;
  switch (event.type) {
    case "state":
    case "piece-verified":
    case "removed":
      return undefined;
    case "metadata":
      return {
        event: event.type,
        infoHash,
        name: event.metainfo.name,
        length: event.metainfo.lengthBytes,
        files: event.metainfo.files.filter((file) => !file.isPad).length,
      };
    case "piece-failed":
      return { event: event.type, infoHash, piece: event.piece, peers: event.peers.map(formatEndpoint) };
    case "file-completed":
      return { event: event.type, infoHash, file: event.file, path: metainfo?.files[event.file]?.path };
    case "peer-connected":
      return {
        event: event.type,
        infoHash,
        peer: formatEndpoint(event.endpoint),
        client: event.client,
        outgoing: event.isOutgoing,
      };
    case "peer-disconnected":
      return {
        event: event.type,
        infoHash,
        peer: formatEndpoint(event.endpoint),
        reason: event.reason,
        message: event.message,
      };
    case "peer-banned":
      return { event: event.type, infoHash, peer: formatEndpoint(event.endpoint), ...banFields(event) };
    case "announced":
    case "announce-failed":
      return toTrackerEvent(event);
    // Nobody moves files while the command runs, and its torrents do not sleep.
    case "moved":
    case "renamed":
    case "asleep":
      return undefined;
    default:
      return event satisfies never;
  }
}

function banFields({ reason, key, expiresInMs }: Extract<ClientEvent, { type: "peer-banned" }>) {
  return { reason, key, expiresInSeconds: Math.round(expiresInMs / 1000) };
}

function toTrackerEvent(event: Extract<ClientEvent, { type: "announced" | "announce-failed" }>): PublicEvent {
  const { infoHash } = event;
  const url = redactUrl(event.url);
  if (event.type === "announce-failed") {
    return { event: "tracker", infoHash, url, ok: false, code: event.code, message: event.message };
  }
  const { peers, seeders, leechers, warning } = event;
  return { event: "tracker", infoHash, url, ok: true, peers, seeders, leechers, warning };
}

/** A sentence for people, undefined for what they need not know. The same sentence is said once. */
export function toNote(event: ClientEvent): string | undefined {
  switch (event.type) {
    case "announce-failed":
      return `tracker ${redactUrl(event.url)}: ${event.message}`;
    case "announced":
      return event.warning === undefined ? undefined : `tracker ${redactUrl(event.url)} warns: ${event.warning}`;
    case "port-mappings":
      return describeMapping(event.mappings);
    case "state-failed":
      return `what is verified could not be noted, and will be hashed again by the next run: ${event.message}`;
    default:
      return undefined;
  }
}

/** Only good news: who has no gateway that maps ports needs nothing to be done. */
function describeMapping(mappings: readonly PortMapping[]): string | undefined {
  const mapped = mappings.find(({ protocol, externalPort }) => protocol === "tcp" && externalPort !== undefined);
  if (mapped === undefined) return undefined;
  const where = mapped.externalAddress === undefined ? "" : ` of ${mapped.externalAddress}`;
  return `the gateway lets peers in at port ${mapped.externalPort}${where} (${mapped.method})`;
}
