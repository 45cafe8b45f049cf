/** `torrential doctor`: what is wrong with this installation, each finding with its remedy. */
import { ApiError, type SessionInfo, type Settings } from "@torrential/api";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatCount } from "../../format.ts";
import { toJson, toLine } from "../../text.ts";
import { findDaemon, makeClient, type Place, type RemoteOptions } from "../connect.ts";
import { printLine } from "../output.ts";
import {
  examineFolder,
  examineMachine,
  examinePort,
  examineState,
  type Finding,
  judgeClock,
  newestOf,
  ok,
} from "./doctor-local.ts";

export type DoctorOptions = RemoteOptions;

const LOOP_DELAY_MS_MAX = 50;

export async function runDoctor(options: DoctorOptions): Promise<ExitCode> {
  const place = findDaemon(options);
  const findings = [
    ...(await examineMachine()),
    ...judgeClock(Date.now(), await newestOf(place.stateDir)),
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

async function examineDaemon(place: Place): Promise<Finding[]> {
  const client = makeClient(place);
  let session: SessionInfo;
  let settings: Settings;
  try {
    session = await client.call("showSession", {});
    settings = await client.call("showSettings", {});
  } catch (error) {
    return (await examinePort(error, place.url)) ?? [explainFailure(error, place)];
  }
  const counts = await client.call("countTorrents", { query: {} });
  return [
    ok(`a daemon of version ${session.version} answers at ${place.url}`),
    ...judgeSession(session),
    ...judgeSettings(settings),
    ...(await examineDownloads(settings, session)),
    ...judgeCounts(counts.states),
  ];
}

/** Only where the daemon runs here: who looks sees what it sees, as the same user. */
async function examineDownloads({ values }: Settings, { freeBytes }: SessionInfo): Promise<Finding[]> {
  const folder = values["downloads.folder"];
  if (typeof folder !== "string" || freeBytes === undefined) return [];
  return await examineFolder(folder, freeBytes);
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
  if (values["http.auth"] === "none" && (hasProxy || open.length > 0)) {
    return [
      {
        level: "error",
        what: "no password is asked for, and not only this machine can get here: whoever does may do everything",
        remedy: "set http.auth to password, and give one with `torrential password`",
      },
    ];
  }
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
