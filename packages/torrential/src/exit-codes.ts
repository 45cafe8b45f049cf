/** How the command ends: a promise to scripts, printed in the README and by `--help`. */

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  badSource: 3,
  disk: 4,
  incomplete: 5,
  network: 6,
  bug: 70,
  configuration: 78,
  interrupted: 130,
  pipeClosed: 141,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Every code with its meaning, in order; 69 is the launcher's. */
export const EXIT_CODES: readonly { readonly code: number; readonly meaning: string }[] = [
  { code: 0, meaning: "done; for `seed`, and for `download` that stays to seed, also when it is stopped" },
  { code: 1, meaning: "it failed in a way that has no code of its own" },
  { code: 2, meaning: "the command line is wrong" },
  { code: 3, meaning: "a SOURCE cannot be read, is no torrent, or is of a kind that is not supported yet" },
  { code: 4, meaning: "the disk refused: full, read-only, not permitted, a file where a folder should be" },
  { code: 5, meaning: "the data is not whole: `verify` found faults, `seed` found something missing" },
  { code: 6, meaning: "the network refused: no answer, no such name, no port to listen at, `--timeout` passed" },
  { code: 69, meaning: "no Node that is new enough was found (or, in a clone, `npm ci` was not run yet)" },
  { code: 70, meaning: "a bug of ours" },
  { code: 78, meaning: "the state folder or the config file cannot be used, or another process uses them" },
  { code: 130, meaning: "stopped by Ctrl-C before it was done; nothing verified is lost" },
  { code: 141, meaning: "whoever read stdout went away" },
  { code: 143, meaning: "stopped by SIGTERM or SIGHUP before it was done; nothing verified is lost" },
];

/** Codes of errors by their beginning; the first that fits counts. */
const BY_BEGINNING: readonly (readonly [string, ExitCode])[] = [
  ["usage", EXIT.usage],
  ["select-", EXIT.usage],
  ["endpoint-", EXIT.usage],
  ["create-", EXIT.usage],
  ["http-unreachable", EXIT.network],
  ["http-timeout", EXIT.network],
  ["dns-", EXIT.network],
  ["listen-", EXIT.network],
  ["daemon-unreachable", EXIT.network],
  ["port-in-use", EXIT.configuration],
  ["tls-invalid", EXIT.configuration],
  ["timeout", EXIT.network],
  ["dht-unreachable", EXIT.network],
  ["dht-item-", EXIT.usage],
  ["info-hash-", EXIT.usage],
  ["http-", EXIT.badSource],
  ["source-", EXIT.badSource],
  ["metainfo-", EXIT.badSource],
  ["magnet-", EXIT.badSource],
  ["metadata-", EXIT.badSource],
  ["bencode-", EXIT.badSource],
  ["v2-", EXIT.badSource],
  ["duplicate-", EXIT.badSource],
  ["disk-", EXIT.disk],
  ["incomplete", EXIT.incomplete],
  ["state-", EXIT.configuration],
  ["config-", EXIT.configuration],
];

/** The exit code for the code of a TorrentialError. */
export function exitCodeFor(errorCode: string): ExitCode {
  return BY_BEGINNING.find(([beginning]) => errorCode.startsWith(beginning))?.[1] ?? EXIT.failed;
}
