/** Puts the HTTP server before a daemon that runs. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Daemon } from "../daemon.ts";
import { logHistory, parseLevels } from "../log/daemon-log.ts";
import type { Logs } from "../log/log.ts";
import { readFirstPassword, toHttpOptions } from "./http-settings.ts";
import type { PageFiles } from "./plain-routes.ts";
import { type HttpServer, startHttp, type Surface } from "./server.ts";

export interface ServeOptions {
  readonly logs: Logs;
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly files?: PageFiles;
  readonly surfaces?: readonly Surface[];
}

/** Where the command finds the daemon of a state folder: one URL a line. */
export const ADDRESS_FILE = "address";

/** Follows the settings that may change while it runs. Throws as `startHttp` does, and "config-invalid". */
export async function serveDaemon(daemon: Daemon, options: ServeOptions): Promise<HttpServer> {
  const { logs, version, env, files, surfaces } = options;
  const firstPassword = readFirstPassword(env);
  logs.setLevels(parseLevels(daemon.settings["log.levels"]));
  const server = await startHttp({
    http: toHttpOptions(daemon.settings, env),
    service: daemon.service,
    logs,
    version,
    stateDir: daemon.stateDir,
    ...(firstPassword === undefined ? {} : { firstPassword }),
    ...(files === undefined ? {} : { files }),
    ...(surfaces === undefined ? {} : { surfaces }),
  });
  const { basePath, tls } = toHttpOptions(daemon.settings, env);
  const urls = server.addresses.map((address) => toUrl(address, { basePath, isTls: tls !== undefined }));
  await writeFile(join(daemon.stateDir, ADDRESS_FILE), urls.map((url) => `${url}\n`).join(""), { mode: 0o600 });
  let levels = daemon.settings["log.levels"];
  const stopLog = logHistory(daemon.service, logs);
  const unsubscribe = daemon.service.subscribe(({ topics }) => {
    if (!topics.has("settings")) return;
    follow(server, daemon, options);
    const now = daemon.service.settings.current["log.levels"];
    // What was changed over the API for a while stays, as long as the setting does.
    if (now.join() !== levels.join()) logs.setLevels(parseLevels(now));
    levels = now;
  });
  return {
    ...server,
    close: async () => {
      unsubscribe();
      stopLog();
      await server.close();
    },
  };
}

/** Settings that do not fit leave the door as it was. */
function follow(server: HttpServer, daemon: Daemon, { env, logs }: ServeOptions): void {
  try {
    server.reload(toHttpOptions(daemon.service.settings.current, env));
  } catch (error) {
    logs.area("http").error("the new settings of the HTTP server are not used", { error });
  }
}

/** "http://127.0.0.1:9080/base", "unix:/path". What listens on every address is asked at loopback. */
function toUrl(address: string, { basePath, isTls }: { readonly basePath: string; readonly isTls: boolean }): string {
  if (address.startsWith("unix:")) return address;
  const host = address.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
  return `${isTls ? "https" : "http"}://${host}${basePath}`;
}
