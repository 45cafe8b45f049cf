/** What an Internet Gateway Device says of itself, and the actions that map ports (UPnP IGD 1 and 2). */
import { canonicalIp, classifyIp, fromUtf8 } from "@torrential/core";
import { childText, escapeXml, findElement, findElements, parseXml, type XmlElement, XmlError } from "./xml.ts";
import type { MapProtocol } from "./types.ts";

/** A service that maps ports. */
export interface IgdService {
  readonly type: string;
  /** 2 has AddAnyPortMapping. */
  readonly version: number;
  readonly controlUrl: string;
}

export interface SoapAction {
  readonly action: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

export type SoapAnswer =
  | { readonly type: "done"; readonly values: ReadonlyMap<string, string> }
  /** UPnP's error code; 0 when the answer is none of UPnP. */
  | { readonly type: "refused"; readonly code: number; readonly description: string };

/** UPnP error codes that have an answer of ours. */
export const IGD_ERROR = {
  invalidAction: 401,
  invalidArguments: 402,
  conflict: 718,
  samePortRequired: 724,
  onlyPermanent: 725,
  noPortLeft: 728,
  otherMechanism: 729,
} as const;

/** Best first: a description may have several. */
const SERVICE_TYPES = [/:WANIPConnection:(\d+)$/, /:WANPPPConnection:(\d+)$/];
const SERVICES_MAX = 8;

/**
 * Whether a device's URL may be followed: plain HTTP to the very address that spoke to us, which must be one of our own
 * network (PROMISES C7). Its port is free, but for those of other services, which the HTTP client refuses.
 */
export function isOwnUrl(text: string, host: string): boolean {
  const url = parseUrl(text);
  if (url === undefined || url.protocol !== "http:" || url.username !== "" || url.password !== "") return false;
  const address = canonicalIp(url.hostname.replace(/^\[(.*)\]$/, "$1"));
  return address !== undefined && address === canonicalIp(host) && classifyIp(address) === "private";
}

/** The services of a description that map ports, best first. Throws XmlError. */
export function parseIgdDescription(body: Uint8Array, location: string): readonly IgdService[] {
  const root = parseXml(fromUtf8(body, { lossy: true }));
  const base = childText(root, "URLBase") || location;
  const services = findElements(root, "service").flatMap((service) => readService(service, base) ?? []);
  return SERVICE_TYPES.flatMap((type) => services.filter((service) => type.test(service.type))).slice(0, SERVICES_MAX);
}

function readService(service: XmlElement, base: string): IgdService | undefined {
  const type = childText(service, "serviceType") ?? "";
  const version = SERVICE_TYPES.map((pattern) => pattern.exec(type)?.[1]).find((found) => found !== undefined);
  const controlUrl = parseUrl(childText(service, "controlURL") ?? "", base)?.href;
  if (version === undefined || controlUrl === undefined || !/^[\w:.-]{1,128}$/.test(type)) return undefined;
  return { type, version: Number(version), controlUrl };
}

/** The headers and the body of a POST to the control URL. */
export function encodeSoap(
  service: IgdService,
  { action, parameters }: SoapAction,
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const values = parameters.map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`).join("");
  const body =
    '<?xml version="1.0"?>\r\n' +
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ' +
    's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">' +
    `<s:Body><u:${action} xmlns:u="${service.type}">${values}</u:${action}></s:Body></s:Envelope>\r\n`;
  const headers = { "content-type": 'text/xml; charset="utf-8"', soapaction: `"${service.type}#${action}"` };
  return { headers, body };
}

/** Reads the answer to an action, whatever its HTTP status. */
export function decodeSoap(body: Uint8Array, { action }: SoapAction): SoapAnswer {
  try {
    const root = parseXml(fromUtf8(body, { lossy: true }));
    const answer = findElement(root, `${action}Response`);
    if (answer !== undefined) {
      return { type: "done", values: new Map(answer.children.map(({ name, text }) => [name, text])) };
    }
    const error = findElement(root, "UPnPError");
    const code = Number(error === undefined ? 0 : (childText(error, "errorCode") ?? 0));
    const description = error === undefined ? "" : (childText(error, "errorDescription") ?? "");
    return { type: "refused", code: Number.isInteger(code) ? code : 0, description: description.slice(0, 200) };
  } catch (error) {
    if (error instanceof XmlError) return { type: "refused", code: 0, description: "its answer is not XML" };
    throw error;
  }
}

export interface IgdMapping {
  readonly protocol: MapProtocol;
  readonly internalPort: number;
  readonly externalPort: number;
  readonly localAddress: string;
  /** 0 for as long as the gateway runs. */
  readonly leaseSeconds: number;
}

export function addPortMapping(mapping: IgdMapping, options: { readonly any: boolean }): SoapAction {
  return {
    action: options.any ? "AddAnyPortMapping" : "AddPortMapping",
    parameters: [
      ["NewRemoteHost", ""],
      ["NewExternalPort", String(mapping.externalPort)],
      ["NewProtocol", mapping.protocol.toUpperCase()],
      ["NewInternalPort", String(mapping.internalPort)],
      ["NewInternalClient", mapping.localAddress],
      ["NewEnabled", "1"],
      ["NewPortMappingDescription", "Torrential"],
      ["NewLeaseDuration", String(mapping.leaseSeconds)],
    ],
  };
}

export function deletePortMapping(protocol: MapProtocol, externalPort: number): SoapAction {
  return {
    action: "DeletePortMapping",
    parameters: [
      ["NewRemoteHost", ""],
      ["NewExternalPort", String(externalPort)],
      ["NewProtocol", protocol.toUpperCase()],
    ],
  };
}

export const GET_EXTERNAL_ADDRESS: SoapAction = { action: "GetExternalIPAddress", parameters: [] };

function parseUrl(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}
