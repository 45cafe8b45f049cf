/** What the options of the verbs come to. */
import type { HostPort } from "@torrential/core";
import type { SlotCount } from "@torrential/node";
import type { ScheduleSpan } from "./limit-schedule.ts";

export interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export interface DaemonVerbOptions extends GlobalOptions {
  readonly state?: string;
  readonly config?: string;
  readonly listen: readonly string[];
  readonly bind?: string;
  readonly port?: number;
  readonly downloadDir?: string;
  /** `key=value`. */
  readonly set: readonly string[];
  readonly auth?: string;
}

/** Of `download` and `seed`. */
export interface TransferOptions extends GlobalOptions {
  readonly output: string;
  readonly peer: readonly HostPort[];
  readonly port: number;
  readonly bind?: string;
  /** `--no-trackers` makes it false. */
  readonly trackers: boolean;
  /** `--no-dht` makes it false. */
  readonly dht: boolean;
  readonly dhtBootstrap: readonly HostPort[];
  /** `--no-lsd` makes it false. */
  readonly lsd: boolean;
  /** `--no-port-mapping` makes it false. */
  readonly portMapping: boolean;
  readonly select: readonly string[];
  readonly sequential?: boolean;
  readonly firstAndLast?: boolean;
  readonly superSeed?: boolean;
  readonly uploadSlots?: SlotCount;
  readonly why?: boolean;
  readonly seed?: boolean;
  readonly seedRatio?: number;
  readonly seedTime?: number;
  readonly maxDown?: number;
  readonly maxUp?: number;
  readonly limitSchedule: readonly ScheduleSpan[];
  /** `--no-limit-lan` makes it false. */
  readonly limitLan?: boolean;
  readonly countOverhead?: boolean;
  readonly timeout?: number;
  readonly recheck?: boolean;
  readonly state?: string;
}

export interface StreamOptions extends TransferOptions {
  readonly file: readonly string[];
  readonly listen: string;
  readonly httpPort: number;
}

export interface VerifyOptions extends GlobalOptions {
  readonly output: string;
  readonly threads?: number;
}

export interface MagnetOptions extends GlobalOptions {
  readonly tracker: readonly (readonly string[])[];
  readonly peer: readonly HostPort[];
  readonly webSeed: readonly string[];
  readonly select: readonly string[];
  /** `--no-trackers` makes it false. */
  readonly trackers: boolean;
  readonly name?: string;
}

export interface CreateOptions extends GlobalOptions {
  readonly output?: string;
  readonly tracker: readonly (readonly string[])[];
  readonly webSeed: readonly string[];
  readonly private?: boolean;
  readonly comment?: string;
  readonly source?: string;
  readonly name?: string;
  readonly pieceLength?: number;
  readonly threads?: number;
  /** `--no-date` makes it false. */
  readonly date: boolean;
  readonly force?: boolean;
}

/** Of every verb of `dht`. Times are in milliseconds. */
export interface DhtCommonOptions extends GlobalOptions {
  readonly bootstrap: readonly HostPort[];
  readonly bind?: string;
  readonly port: number;
  readonly readOnly?: boolean;
  readonly timeout: number;
  readonly state?: string;
}

export interface DhtPeersOptions extends DhtCommonOptions {
  readonly scrape?: boolean;
  readonly announce?: number;
  readonly seed?: boolean;
}

export interface DhtPutOptions extends DhtCommonOptions {
  readonly key?: string;
  readonly salt?: string;
  readonly seq?: number;
  readonly cas?: number;
}

export interface DhtGetOptions extends DhtCommonOptions {
  readonly salt?: string;
}

export type DhtSampleOptions = DhtCommonOptions;

export interface DhtStatsOptions extends DhtCommonOptions {
  readonly wait: number;
}

export interface TrackerOptions extends GlobalOptions {
  readonly bind?: string;
  readonly port: number;
  /** Undefined for that of HTTP; `--no-udp` makes it false. */
  readonly udpPort?: number;
  readonly udp: boolean;
  /** Milliseconds. */
  readonly interval?: number;
  /** Torrent files or info-hashes. */
  readonly allow: readonly string[];
}
