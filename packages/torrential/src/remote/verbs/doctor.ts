/** `torrential doctor`: what is wrong with this installation, each finding with its remedy. */
import { constants } from "node:fs";
import { access, readFile, stat, statfs } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ApiError, type SessionInfo, type Settings } from "@torrential/api";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatBytes, formatCount } from "../../format.ts";
import { toJson, toLine } from "../../text.ts";
import { findDaemon, makeClient, type Place, type RemoteOptions } from "../connect.ts";
import { printLine } from "../output.ts";

export type DoctorOptions = RemoteOptions;

export interface Finding {
  readonly level: "ok" | "warning" | "error";
  readonly what: string;
  readonly remedy?: string;
}

const STATE_FREE_BYTES_MIN = 64 * 1024 * 1024;
const DESCRIPTORS_MIN = 4_096;
const LOOP_DELAY_MS_MAX = 50;

export async function runDoctor(options: DoctorOptions): Promise<ExitCode> {
  const place = findDaemon(options);
  const findings = [
    ...(await examineMachine()),
    ...(await examineState(place.stateDir)),
    ...(await examineDaemon(place)),
  ];
  for (const finding of findings) {
    if (options.json === true) printLine(toJson(finding));
    else if (finding.level !== "ok" || options.quiet !== true) printFinding(finding);
  }
  const wrong = findings.filter(({ level }) => level !== "ok");
  if (options.json !== true && wrong.length === 0 && options.quiet !== true) printLine("nothing is wrong");
  return wrong.some(({ level }) => level === "error") ? EXIT.failed : EXIT.done;
}

function printFinding({ level, what, remedy }: Finding): void {
  printLine(`${level.padEnd(8)} ${toLine(what)}`);
  if (remedy !== undefined) printLine(`         -> ${toLine(remedy)}`);
}

function ok(what: string): Finding {
  return { level: "ok", what };
}

async function examineMachine(): Promise<Finding[]> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const descriptors = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? Number.NaN);
  return [
    ok(
      `Node ${process.versions.node} on ${process.platform} ${process.arch}, ${formatCount(availableParallelism(), "core")}`,
    ),
    ...(descriptors < DESCRIPTORS_MIN
      ? [
          {
            level: "warning",
            what: `only ${descriptors} files and connections may be open at once`,
            remedy: "raise the hard limit: LimitNOFILE= in the unit, --ulimit nofile= in Docker, or limits.conf",
          } as const,
        ]
      : []),
  ];
}

/** Exported for its test, as are those below. */
export async function examineState(stateDir: string): Promise<Finding[]> {
  const stats = await stat(stateDir).catch(() => undefined);
  if (stats === undefined) {
    return [
      {
        level: "warning",
        what: `${stateDir}: there is no state folder`,
        remedy: "it is made when a daemon starts; or name it with --state",
      },
    ];
  }
  const findings: Finding[] = [];
  if ((stats.mode & 0o022) !== 0) {
    findings.push({ level: "error", what: `${stateDir} can be written by others`, remedy: `chmod 700 ${stateDir}` });
  }
  if ((await access(stateDir, constants.W_OK).catch((error: unknown) => error)) !== undefined) {
    findings.push({
      level: "error",
      what: `${stateDir} cannot be written`,
      remedy: "give it to the user that runs the daemon",
    });
  }
  const { bavail, bsize } = await statfs(stateDir);
  if (bavail * bsize < STATE_FREE_BYTES_MIN) {
    findings.push({
      level: "error",
      what: `${formatBytes(bavail * bsize)} are free for the state folder`,
      remedy: "make room: nothing can be changed when it is full",
    });
  }
  const token = await stat(join(stateDir, "token")).catch(() => undefined);
  if (token !== undefined && (token.mode & 0o077) !== 0) {
    findings.push({
      level: "error",
      what: "the token file can be read by others",
      remedy: `delete ${join(stateDir, "token")}; the next start makes a new one`,
    });
  }
  return findings.length === 0 ? [ok(`state folder ${stateDir}`)] : findings;
}

async function examineDaemon(place: Place): Promise<Finding[]> {
  const client = makeClient(place);
  let session: SessionInfo;
  let settings: Settings;
  try {
    session = await client.call("showSession", {});
    settings = await client.call("showSettings", {});
  } catch (error) {
    return [explainFailure(error, place)];
  }
  const counts = await client.call("countTorrents", { query: {} });
  return [
    ok(`a daemon of version ${session.version} answers at ${place.url}`),
    ...judgeSession(session),
    ...judgeSettings(settings),
    ...judgeCounts(counts.states),
  ];
}

export function explainFailure(error: unknown, { url, token }: Place): Finding {
  if (error instanceof ApiError) {
    const remedy =
      token === undefined
        ? "give a token: --state, --token-file or TORRENTIAL_TOKEN"
        : "the token is of another daemon, or too weak";
    return { level: "error", what: `${url} refuses: ${error.message}`, remedy };
  }
  return {
    level: "error",
    what: `no daemon answers at ${url}`,
    remedy: "start one with `torrential daemon`, or say where it is with --url",
  };
}

/** What the daemon says of itself. Exported for its test. */
export function judgeSession(session: SessionInfo): Finding[] {
  const { isReadOnly, listenPort, isReachable, reachableBecause, dhtProblem, freeBytes } = session;
  const { mainLoopP99Ms, engineLoopP99Ms } = session;
  const findings: Finding[] = [];
  if (isReadOnly) {
    findings.push({
      level: "error",
      what: "the state folder is full or read-only: changes are refused",
      remedy: "make room, or make it writable",
    });
  }
  if (listenPort === 0) {
    findings.push({
      level: "error",
      what: "it does not listen for peers",
      remedy: "choose another network.port, or look whether network.bind is an address of this machine",
    });
  }
  if (dhtProblem !== undefined) {
    findings.push({
      level: "warning",
      what: `there is no DHT: ${dhtProblem}`,
      remedy: `free UDP port ${listenPort}, choose another network.port, or switch network.dht off`,
    });
  }
  if (isReachable === false) {
    const why = reachableBecause === undefined ? "" : `: ${reachableBecause}`;
    findings.push({
      level: "warning",
      what: `peers cannot reach port ${listenPort}${why}`,
      remedy: `forward TCP and UDP port ${listenPort} to this machine in the router, or switch on port mapping`,
    });
  }
  if (freeBytes === undefined) {
    findings.push({
      level: "warning",
      what: "the folder for downloads is not there",
      remedy: "it is made with the first torrent; if it is on a disk of its own, mount that, or set downloads.folder",
    });
  }
  const delay = Math.max(mainLoopP99Ms, engineLoopP99Ms);
  if (delay > LOOP_DELAY_MS_MAX) {
    findings.push({
      level: "warning",
      what: `it answers ${delay.toFixed(0)} ms late at times`,
      remedy: "the machine is busy, or something swaps",
    });
  }
  return findings;
}

export function judgeSettings({ values }: Settings): Finding[] {
  const listen = values["http.listen"];
  const open = Array.isArray(listen)
    ? listen.map(String).filter((each) => !/^(?:127\.|\[::1\]|localhost:)/.test(each))
    : [];
  const hasTls = typeof values["http.tls_cert"] === "string" && values["http.tls_cert"] !== "";
  const proxies = values["http.trusted_proxies"];
  const hasProxy = Array.isArray(proxies) && proxies.length > 0;
  if (open.length === 0 || hasTls || hasProxy) return [];
  return [
    {
      level: "warning",
      what: `${open.join(", ")} is open to the network without TLS: passwords travel in the clear`,
      remedy: "put a proxy with TLS before it (docs/guide/reverse-proxy.md), or set http.tls_cert and http.tls_key",
    },
  ];
}

export function judgeCounts(states: Readonly<Record<string, number>>): Finding[] {
  const kinds: readonly (readonly [string, Finding["level"], string, string])[] = [
    ["error", "error", "stopped by an error", "`torrential ls --is error` and `torrential show` say which and why"],
    ["storage-missing", "warning", "waiting for a disk that is not mounted", "mount it: they go on by themselves"],
    [
      "quarantined",
      "error",
      "could not be loaded",
      "`torrential ls --is quarantined` lists them; start one to try again",
    ],
  ];
  return kinds.flatMap(([state, level, what, remedy]) => {
    const count = states[state] ?? 0;
    return count === 0 ? [] : [{ level, what: `${formatCount(count, "torrent")} ${what}`, remedy }];
  });
}
