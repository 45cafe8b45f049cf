/**
 * Where a URL that we did not choose may lead (PROMISES C7, promise 7). Addresses are judged by class, in binary:
 *
 * | asked for by      | public | private               | loopback              | everything else |
 * |-------------------|--------|-----------------------|-----------------------|-----------------|
 * | a tracker's URL   | yes    | path ends announce…   | path is `/announce`   | never           |
 * | a web seed's URL  | yes    | without a query       | never                 | never           |
 * | a torrent's URL in a feed or page | yes | never    | never                 | never           |
 * | the user's own words | yes | yes                   | yes                   | never           |
 * | a gateway that we searched | never | yes           | never                 | never           |
 *
 * A redirect that comes from a public address leads to public addresses only, whoever asked.
 */
import { classifyIp, type IpClass } from "@torrential/core";

/** Who gave us the URL. */
export type UrlKind = "tracker" | "web-seed" | "torrent-file" | "user-torrent-file" | "gateway";

export interface UrlQuestion {
  readonly kind: UrlKind;
  readonly url: URL;
  /** An IP literal: where the connection would go. */
  readonly address: string;
  /** The class of the address that redirected us here; undefined at first. */
  readonly redirectedFrom: IpClass | undefined;
}

/** Undefined when it may be reached, or else why not, as the end of a sentence. */
export type UrlPolicy = (question: UrlQuestion) => string | undefined;

/** The table above. */
export const urlPolicy: UrlPolicy = ({ kind, url, address, redirectedFrom }) => {
  const ipClass = classifyIp(address);
  if (ipClass === "public") return kind === "gateway" ? `${address} is no address of this network` : undefined;
  if (redirectedFrom === "public") return `a public address redirected to a ${ipClass} one (${address})`;
  if (ipClass === "private" && isPrivateAllowed(kind, url)) return undefined;
  if (ipClass === "loopback" && isLoopbackAllowed(kind, url)) return undefined;
  return `${address} is a ${ipClass} address`;
};

function isPrivateAllowed(kind: UrlKind, url: URL): boolean {
  switch (kind) {
    case "tracker":
      // A UDP tracker is asked in its own binary words, which no other service takes for an order.
      return url.protocol === "udp:" || /\/announce[^/]*$/.test(url.pathname);
    case "web-seed":
      return url.search === "";
    case "torrent-file":
      return false;
    case "user-torrent-file":
    case "gateway":
      return true;
  }
}

function isLoopbackAllowed(kind: UrlKind, url: URL): boolean {
  return kind === "user-torrent-file" || (kind === "tracker" && url.pathname === "/announce");
}

/** Ports that browsers never speak HTTP to, since services behind them could take it for theirs (Fetch, "port blocking"). */
const BAD_PORTS: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** Whether a port belongs to a service that must not be spoken to by accident. */
export function isBadPort(port: number): boolean {
  return BAD_PORTS.has(port);
}
