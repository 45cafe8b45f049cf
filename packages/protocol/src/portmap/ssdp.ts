/** Finding a gateway by SSDP (UPnP Device Architecture 1.1 and 2.0, section 1): the search, and what answers it. */
import { fromUtf8, utf8 } from "@torrential/core";

export const SSDP_ADDRESS = "239.255.255.250";
export const SSDP_PORT = 1_900;

const MESSAGE_LENGTH_MAX = 4_096;
const HEADERS_MAX = 64;
const URL_LENGTH_MAX = 1_024;

/** What is looked for; a device of version 2 answers for version 1 too, but not every one does as it should. */
const SEARCH_TARGETS = [
  "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
  "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
];

/** Seconds within which devices answer. */
export const SSDP_MX_SECONDS = 2;

export interface SsdpAnswer {
  /** As it stands; judged by whoever follows it. */
  readonly location: string;
  readonly target: string;
  readonly server: string | undefined;
  /** UPnP 1.1: grows when the device restarted. */
  readonly bootId: number | undefined;
}

/** One datagram for each kind of gateway, to SSDP_ADDRESS. */
export function encodeSearches(): readonly Uint8Array[] {
  return SEARCH_TARGETS.map((target) =>
    utf8(
      `M-SEARCH * HTTP/1.1\r\nHOST: ${SSDP_ADDRESS}:${SSDP_PORT}\r\nMAN: "ssdp:discover"\r\n` +
        `MX: ${SSDP_MX_SECONDS}\r\nST: ${target}\r\n\r\n`,
    ),
  );
}

/** Reads the answer of a gateway to a search; undefined for anything else. */
export function decodeSsdpAnswer(bytes: Uint8Array): SsdpAnswer | undefined {
  const headers = readHeaders(bytes, /^HTTP\/1\.\d 200\b/i);
  if (headers === undefined) return undefined;
  const location = headers.get("location") ?? "";
  const target = headers.get("st") ?? "";
  const isUsable = /^[\x21-\x7E]+$/.test(location) && location.length <= URL_LENGTH_MAX;
  if (!isUsable || !/:InternetGatewayDevice:\d/.test(target)) return undefined;
  return { location, target, server: headers.get("server")?.slice(0, 128), bootId: readBootId(headers) };
}

/** What a gateway tells everybody of itself: that it is there, or leaves. */
export interface SsdpNotice {
  readonly isLeaving: boolean;
  readonly bootId: number | undefined;
}

/** Reads a NOTIFY of a gateway; undefined for anything else. */
export function decodeSsdpNotice(bytes: Uint8Array): SsdpNotice | undefined {
  const headers = readHeaders(bytes, /^NOTIFY \* HTTP\/1\.\d/i);
  const kind = headers?.get("nts")?.toLowerCase();
  if (headers === undefined || (kind !== "ssdp:alive" && kind !== "ssdp:byebye")) return undefined;
  if (!/:InternetGatewayDevice:\d/.test(headers.get("nt") ?? "")) return undefined;
  return { isLeaving: kind === "ssdp:byebye", bootId: readBootId(headers) };
}

/** Undefined when the first line is another one; of several headers of a name the first counts. */
function readHeaders(bytes: Uint8Array, first: RegExp): ReadonlyMap<string, string> | undefined {
  if (bytes.length > MESSAGE_LENGTH_MAX) return undefined;
  const [status = "", ...lines] = fromUtf8(bytes, { lossy: true }).split(/\r?\n/, HEADERS_MAX);
  if (!first.test(status)) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

function readBootId(headers: ReadonlyMap<string, string>): number | undefined {
  const text = headers.get("bootid.upnp.org") ?? "";
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
