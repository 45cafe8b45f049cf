/** How the HTTP server is set up, and what it refuses to be set up as. */
import { classifyIp, parseIp, TorrentialError } from "@torrential/core";

export interface HttpOptions {
  readonly listen: readonly ListenAddress[];
  /** "none": whoever passes the gate may do everything; only on loopback and unix sockets. */
  readonly auth: "password" | "none";
  /** Where a proxy shows us: "" or "/torrential". */
  readonly basePath: string;
  /** "name" or "name:port", beside localhost and the addresses that we listen on. */
  readonly allowedHosts: readonly string[];
  /** Origins of pages elsewhere that may use the API. */
  readonly origins: readonly string[];
  /** Addresses and ranges whose X-Forwarded-… headers are believed; "unix" for the unix socket. */
  readonly trustedProxies: readonly string[];
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
}

export type ListenAddress =
  | { readonly type: "tcp"; readonly host: string; readonly port: number }
  | { readonly type: "unix"; readonly path: string; readonly mode: number }
  /** Handed over by a supervisor (systemd's socket activation). */
  /** `host`: where it listens, or "unix"; undefined while that is not known. */
  | { readonly type: "fd"; readonly fd: number; readonly host?: string | undefined };

/** "127.0.0.1:9091", "[::1]:9091", "localhost:9091". Throws "config-invalid". */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const [, bracketed, bare, digits] = match ?? [];
  const host = bracketed ?? (bare === "localhost" ? "127.0.0.1" : (bare ?? ""));
  const port = Number(digits);
  if (match === null || parseIp(host) === undefined || port > 65_535) {
    throw new TorrentialError(
      "config-invalid",
      `http.listen: got ${JSON.stringify(text)}, wanted ADDRESS:PORT such as 127.0.0.1:9091 or [::1]:9091`,
    );
  }
  return { type: "tcp", host, port };
}

/** Whether only this machine can connect. A supervisor's socket of which nothing is known counts as open. */
export function isLocal(address: ListenAddress): boolean {
  if (address.type === "unix" || address.host === "unix") return true;
  return address.host !== undefined && classifyIp(address.host) === "loopback";
}

/**
 * PROMISES C2: nobody stands at an open door without a key. Throws "config-unsafe". A token that the user made counts
 * as a key as well as a password does.
 */
export function checkExposure(
  { auth, listen }: Pick<HttpOptions, "auth" | "listen">,
  has: { readonly password: boolean; readonly token: boolean },
): void {
  const open = listen.find((address) => !isLocal(address));
  if (open === undefined) return;
  const where = describeListen(open);
  if (auth === "none") {
    throw new TorrentialError(
      "config-unsafe",
      `http.auth is "none", and ${where} can be reached from other machines: listen on 127.0.0.1, ::1 or a unix socket`,
    );
  }
  if (!has.password && !has.token) {
    throw new TorrentialError(
      "config-unsafe",
      `${where} can be reached from other machines, and there is no password: start on 127.0.0.1 first, and set one ` +
        "with `torrential password`, or make a token with `torrential token create`",
    );
  }
}

export function describeListen(address: ListenAddress): string {
  switch (address.type) {
    case "tcp":
      return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
    case "unix":
      return `unix:${address.path}`;
    case "fd":
      return `file descriptor ${address.fd}`;
    default:
      return address satisfies never;
  }
}
