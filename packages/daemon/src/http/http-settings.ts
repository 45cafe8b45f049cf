/** The HTTP server's options out of the daemon's settings and its environment. */
import { readFileSync } from "node:fs";
import { TorrentialError } from "@torrential/core";
import type { Settings } from "../config/definitions.ts";
import { hostOfFd } from "./handed-socket.ts";
import { type HttpOptions, type ListenAddress, parseListen } from "./options.ts";

/** systemd hands sockets over from here on (sd_listen_fds(3)). */
const FIRST_FD = 3;
const FDS_MAX = 16;

/** Throws "config-invalid". */
export function toHttpOptions(settings: Settings, env: NodeJS.ProcessEnv): HttpOptions {
  const cert = settings["http.tls_cert"];
  const key = settings["http.tls_key"];
  if ((cert === "") !== (key === "")) {
    throw new TorrentialError("config-invalid", "http.tls_cert and http.tls_key go together: one of them is missing");
  }
  return {
    listen: listAddresses(settings, env),
    auth: settings["http.auth"],
    basePath: settings["http.base_path"],
    allowedHosts: settings["http.allowed_hosts"].map((host) => host.toLowerCase()),
    origins: settings["http.origins"].map((origin) => origin.toLowerCase()),
    trustedProxies: settings["http.trusted_proxies"],
    tls: cert === "" ? undefined : { certFile: cert, keyFile: key },
  };
}

/** Sockets that a supervisor opened stand for `http.listen`. */
function listAddresses(settings: Settings, env: NodeJS.ProcessEnv): ListenAddress[] {
  const handed = countHandedSockets(env);
  const path = settings["http.unix_socket"];
  const unix: ListenAddress[] =
    path === "" ? [] : [{ type: "unix", path, mode: Number.parseInt(settings["http.unix_socket_mode"], 8) }];
  const tcp: ListenAddress[] =
    handed === 0
      ? settings["http.listen"].map(parseListen)
      : Array.from({ length: handed }, (_, index) => toHanded(FIRST_FD + index));
  return [...tcp, ...unix];
}

function toHanded(fd: number): ListenAddress {
  const host = hostOfFd(fd);
  return { type: "fd", fd, ...(host === undefined ? {} : { host }) };
}

/**
 * The variables are inherited by whatever we start: only those for this very process count, or for the launcher that
 * hands them on to it.
 */
function countHandedSockets(env: NodeJS.ProcessEnv): number {
  const isOurs = Number(env["LISTEN_PID"]) === process.pid || Number(env["TORRENTIAL_LISTEN_PARENT"]) === process.ppid;
  if (!isOurs) return 0;
  const count = Number(env["LISTEN_FDS"]);
  return Number.isInteger(count) && count > 0 && count <= FDS_MAX ? count : 0;
}

/**
 * The password that a container is started with: TORRENTIAL_PASSWORD, or the first line of the file that
 * TORRENTIAL_PASSWORD_FILE names. Used only while there is none. Throws "config-invalid".
 */
export function readFirstPassword(env: NodeJS.ProcessEnv): string | undefined {
  const file = env["TORRENTIAL_PASSWORD_FILE"];
  if (file === undefined || file === "") return env["TORRENTIAL_PASSWORD"] || undefined;
  try {
    return readFileSync(file, "utf8").split(/\r?\n/)[0] || undefined;
  } catch (cause) {
    throw new TorrentialError("config-invalid", `TORRENTIAL_PASSWORD_FILE: ${file} cannot be read`, { cause });
  }
}
