/** `torrential daemon`: runs in the foreground until it is told to stop. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  addOtherPages,
  type Daemon,
  type HttpServer,
  Logs,
  makeSurfaces,
  type OtherPages,
  readPage,
  serveDaemon,
  startDaemon,
} from "@torrential/daemon";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { toFailure, formatFailure } from "../failure.ts";
import type { DaemonVerbOptions } from "../options.ts";
import { defaultStateDir } from "../places.ts";
import { notifySupervisor } from "../supervisor.ts";
import { readVersion } from "../version.ts";

/** PROMISES F24: after a second signal only what is known is put on disk. */
const SECOND_SIGNAL_MS = 2_000;

export async function runDaemon(options: DaemonVerbOptions): Promise<ExitCode> {
  const stop = Promise.withResolvers<ExitCode>();
  const daemon = await startDaemon({
    stateDir: options.state ?? defaultStateDir(),
    configFile: options.config,
    assignments: [...toAssignments(options), ...options.set],
    env: process.env,
    version: readVersion(),
    onShutdown: () => stop.resolve(EXIT.done),
    onCrash: (error) => stop.reject(error),
  });
  const http = await serve(daemon);
  handleSignals(daemon, () => stop.resolve(EXIT.done));
  const where = http.addresses.join(" and ");
  say(`ready at ${where}; state ${daemon.stateDir}, peers at port ${daemon.peerPort}`);
  notifySupervisor("READY=1", `STATUS=Serving at ${where}`);
  const exitCode = await stop.promise;
  notifySupervisor("STOPPING=1");
  await http.close();
  await daemon.close();
  return exitCode;
}

/** A daemon that cannot be reached is no use: it ends with the reason. */
async function serve(daemon: Daemon): Promise<HttpServer> {
  const logs = new Logs({ destination: process.stderr, now: Date.now });
  try {
    const surfaces = makeSurfaces(daemon.service, daemon.stateDir);
    return await serveDaemon(daemon, {
      logs,
      version: readVersion(),
      env: process.env,
      files: addOtherPages(readPage(findPage()), otherPagesOf(daemon)),
      surfaces,
    });
  } catch (error) {
    await daemon.close();
    throw error;
  }
}

function otherPagesOf({ settings }: Daemon): OtherPages {
  return {
    qbittorrent: settings["api.qbittorrent_page"],
    transmission: settings["api.transmission_page"],
    transmissionPath: settings["api.transmission_path"],
  };
}

/** Beside the built command; a clone that runs its sources has it there too. */
function findPage(): string {
  const beside = join(import.meta.dirname, "page");
  return existsSync(beside) ? beside : join(import.meta.dirname, "..", "..", "dist", "page");
}

/** SIGTERM and Ctrl-C stop, SIGHUP reads the config file again. */
function handleSignals(daemon: Daemon, stop: () => void): void {
  let isStopping = false;
  const handleStop = (): void => {
    if (isStopping) return stopAtOnce(daemon);
    isStopping = true;
    stop();
  };
  process.on("SIGTERM", handleStop);
  process.on("SIGINT", handleStop);
  process.on("SIGHUP", () => {
    daemon.reload().then(
      (keys) => say(keys.length === 0 ? "nothing changed in the config file" : `read again: ${keys.join(", ")}`),
      (error: unknown) => process.stderr.write(formatFailure(toFailure(error), { isVerbose: false })),
    );
  });
}

function stopAtOnce(daemon: Daemon): void {
  setTimeout(() => process.exit(EXIT.terminated), SECOND_SIGNAL_MS);
  void daemon.closeAtOnce().finally(() => process.exit(EXIT.terminated));
}

function say(text: string): void {
  process.stdout.write(`torrential: ${text}\n`);
}

/** What has an option of its own is a setting all the same. */
function toAssignments(options: DaemonVerbOptions): string[] {
  const { listen, bind, port, downloadDir, auth } = options;
  return [
    ...(listen.length === 0 ? [] : [`http.listen=${listen.join(",")}`]),
    ...(bind === undefined ? [] : [`network.bind=${bind}`]),
    ...(port === undefined ? [] : [`network.port=${port}`]),
    ...(downloadDir === undefined ? [] : [`downloads.folder=${resolve(downloadDir)}`]),
    ...(auth === undefined ? [] : [`http.auth=${auth}`]),
  ];
}
