/**
 * Whether a request may come from where it comes from: the rule against pages of other sites (PROMISES C1). It is asked
 * before routing, for every path, with or without a password. Pure: the table of it is the test.
 */

export interface GateRequest {
  readonly method: string;
  /** As the client meant it: of the request, or of a trusted proxy's X-Forwarded-Host. Lower case. */
  readonly host: string | undefined;
  /** Where the connection arrived; undefined for a unix socket. */
  readonly local: { readonly address: string; readonly port: number } | undefined;
  readonly isTls: boolean;
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
  readonly secFetchMode: string | undefined;
  /** The browser sends cookies by itself, so they say nothing about who made the request. */
  readonly hasCookie: boolean;
  /** An Authorization header, which no page of another site can add. */
  readonly hasAuthorization: boolean;
  readonly isUpgrade: boolean;
}

export interface GateOptions {
  /** "name" (at the port that we listen on, or without one), "name:port", or "name:*". Lower case. */
  readonly allowedHosts: readonly string[];
  /** Origins of pages elsewhere that may use the API, as browsers write them: "https://ui.example". */
  readonly origins: readonly string[];
}

export type GateVerdict =
  /** `corsOrigin`: a page of a configured origin asks. */
  | { readonly isOpen: true; readonly corsOrigin: string | undefined }
  | { readonly isOpen: false; readonly status: 403 | 421; readonly code: GateCode; readonly detail: string };

export type GateCode =
  /** The Host header names something that we are not. */
  | "host-refused"
  /** A page of another site. */
  | "origin-refused"
  /** A browser would say where the request comes from; this has a cookie and nothing of the kind. */
  | "origin-missing";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);
const OWN_SITES: ReadonlySet<string> = new Set(["none", "same-origin"]);

export function judgeGate(request: GateRequest, options: GateOptions): GateVerdict {
  if (!isOurHost(request, options.allowedHosts)) {
    return refuse(
      421,
      "host-refused",
      `${quote(request.host)} is no name of this daemon: add it to http.allowed_hosts`,
    );
  }
  if (request.origin !== undefined) return judgeOrigin(request, request.origin, options);
  // Since 2023 every browser says the site; what a page of another site asks for is never meant for it.
  if (request.secFetchSite !== undefined) return judgeSite(request, request.secFetchSite);
  if (isUnsafe(request) && request.hasCookie && !request.hasAuthorization) {
    return refuse(403, "origin-missing", "a cookie alone changes nothing: Origin or Sec-Fetch-Site is missing");
  }
  return OPEN;
}

const OPEN: GateVerdict = { isOpen: true, corsOrigin: undefined };

function judgeOrigin(request: GateRequest, origin: string, options: GateOptions): GateVerdict {
  if (isSameOrigin(request, origin)) return OPEN;
  if (options.origins.includes(origin)) return { isOpen: true, corsOrigin: origin };
  return refuse(403, "origin-refused", `a page of ${quote(origin)} may not use this daemon`);
}

function judgeSite(request: GateRequest, site: string): GateVerdict {
  if (OWN_SITES.has(site)) return OPEN;
  // A link to us from elsewhere: a page is opened, nothing is changed, nothing is told to the other site.
  if (!isUnsafe(request) && request.secFetchMode === "navigate") return OPEN;
  return refuse(403, "origin-refused", "a page of another site may not use this daemon");
}

function isUnsafe(request: GateRequest): boolean {
  return request.isUpgrade || !SAFE_METHODS.has(request.method);
}

/** Exact, with port: a name that an attacker points at us (DNS rebinding) is not in the list. */
function isOurHost({ host, local }: GateRequest, allowed: readonly string[]): boolean {
  if (host === undefined) return false;
  const parts = splitHost(host);
  if (parts === undefined) return false;
  const { name, port } = parts;
  if (local === undefined) {
    // Nobody is led to a unix socket by a name.
    return true;
  }
  const isOurPort = port === local.port || (port === undefined && (local.port === 80 || local.port === 443));
  if (isOurPort && (name === "localhost" || name === local.address)) return true;
  return allowed.some((entry) => {
    const wanted = splitHost(entry);
    if (wanted === undefined || wanted.name !== name) return false;
    if (wanted.port === "*") return true;
    return wanted.port === undefined ? port === undefined || port === local.port : wanted.port === port;
  });
}

/** "name:80" or "[::1]:80". Undefined for what is neither. */
export function splitHost(host: string):
  | {
      readonly name: string;
      readonly port: number | "*" | undefined;
    }
  | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::(\d{1,5}|\*))?$/.exec(host);
  if (match === null) return undefined;
  const [, bracketed, bare, port] = match;
  const name = bracketed ?? bare ?? "";
  return { name, port: port === undefined ? undefined : port === "*" ? "*" : Number(port) };
}

/** Behind a proxy that ends TLS we see http where the page sees https, so the scheme counts only where it is ours. */
function isSameOrigin({ host, isTls }: GateRequest, origin: string): boolean {
  const match = /^(https?):\/\/([^/]+)$/.exec(origin.toLowerCase());
  if (match === null || (isTls && match[1] !== "https")) return false;
  return match[2] === host;
}

function refuse(status: 403 | 421, code: GateCode, detail: string): GateVerdict {
  return { isOpen: false, status, code, detail };
}

function quote(text: string | undefined): string {
  return text === undefined ? "a request without Host" : JSON.stringify(text.slice(0, 100));
}
