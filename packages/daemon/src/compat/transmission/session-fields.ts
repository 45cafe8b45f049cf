/**
 * Session fields by canonical name (rpc-spec, 4.1): each is read from our settings, and written to them where that means
 * something. What we do not have answers as Transmission would with that feature off.
 */
import { isAbsolute } from "node:path";
import type { SettingValue } from "../../service/service.ts";
import type { Arguments } from "./arguments.ts";
import { CONNECTIONS_MAX, hookSetting, numberSetting, textSetting, TORRENT_CONNECTIONS_MAX } from "../settings.ts";
import { readAltSchedule, SCHEDULE_FIELDS } from "./alt-schedule.ts";
import { RpcError } from "./errors.ts";
import type { MethodContext } from "./method.ts";
import { bytes, kilobytes } from "./units.ts";

/** 18 is the RPC of Transmission 4.1, whose JSON-RPC form is complete here. Several clients refuse a minimum above 14. */
export const RPC_VERSION = 18;
export const RPC_VERSION_SEMVER = "6.0.0";
const RPC_VERSION_MINIMUM = 14;

type Patch = Record<string, SettingValue>;

export interface SessionField {
  readonly read: (context: MethodContext) => unknown;
  /** Puts what `args` say into the patch. Throws RpcError. */
  readonly write?: (args: Arguments, patch: Patch, context: MethodContext) => void;
}

function setting(context: MethodContext, key: string): SettingValue | undefined {
  return context.service.settings.all()[key];
}

function constant(value: unknown): SessionField {
  return { read: () => value };
}

/** A whole number of ours under their name; `absent` is told where there is no such setting. */
function count(name: string, key: string, absent = 0): readonly [string, SessionField] {
  return [
    name,
    {
      read: (context) => numberSetting(context.service.settings.all(), key, absent),
      write: (args, patch) => {
        const value = args.int(name);
        if (value !== undefined) patch[key] = value;
      },
    },
  ];
}

function flag(name: string, key: string): readonly [string, SessionField] {
  return [
    name,
    {
      read: (context) => setting(context, key) === true,
      write: (args, patch) => {
        const value = args.bool(name);
        if (value !== undefined) patch[key] = value;
      },
    },
  ];
}

/** A folder of ours; Transmission refuses relative ones in these words. */
function folder(name: string, key: string, words: string): readonly [string, SessionField] {
  return [
    name,
    {
      read: (context) => textSetting(context.service.settings.all(), key),
      write: (args, patch) => {
        const value = args.text(name);
        if (value === undefined) return;
        if (!isAbsolute(value)) throw new RpcError("path-not-absolute", `${words} is not absolute`);
        patch[key] = value;
      },
    },
  ];
}

/** Transmission keeps a limit and its switch apart; ours is 0, or -1 for those of sharing, when it is off. */
interface SwitchedLimit {
  readonly name: string;
  readonly switchName: string;
  readonly key: string;
  readonly off: number;
  readonly toOurs: (theirs: number) => number;
  readonly toTheirs: (ours: number) => number;
}

function switched(limit: SwitchedLimit): readonly (readonly [string, SessionField])[] {
  const { name, switchName, key, off, toOurs, toTheirs } = limit;
  const ours = (context: MethodContext): number => numberSetting(context.service.settings.all(), key, off);
  const write: SessionField["write"] = (args, patch, context) => {
    const isOn = args.bool(switchName);
    const value = args.number(name);
    if (isOn === false) patch[key] = off;
    else if (value !== undefined && (isOn === true || ours(context) !== off)) patch[key] = toOurs(value);
  };
  return [
    [name, { read: (context) => (ours(context) === off ? 0 : toTheirs(ours(context))), write }],
    [switchName, { read: (context) => ours(context) !== off, write }],
  ];
}

function rate(name: string, switchName: string, key: string): readonly (readonly [string, SessionField])[] {
  return switched({ name, switchName, key, off: 0, toOurs: bytes, toTheirs: kilobytes });
}

/** Their speeds of the turtle are there whether it is on or not. */
function alternativeRate(name: string, key: string): readonly [string, SessionField] {
  return [
    name,
    {
      read: (context) => kilobytes(numberSetting(context.service.settings.all(), key)),
      write: (args, patch) => {
        const value = args.int(name);
        if (value !== undefined) patch[key] = bytes(value);
      },
    },
  ];
}

/** PROMISES C3: no API can name a program to run. Hooks are in the config file, and may be named here. */
function script(name: string, event: string): readonly (readonly [string, SessionField])[] {
  const hook = (context: MethodContext): string => hookSetting(context.service.settings.all(), event).join(" ");
  return [
    [`${name}_enabled`, { read: (context) => hook(context) !== "" }],
    [
      `${name}_filename`,
      {
        read: hook,
        write: (args, _, context) => {
          const value = args.text(`${name}_filename`);
          if (value === undefined || value === "" || value === hook(context)) return;
          throw new RpcError("invalid-params", "programs to run can be set in the config file only");
        },
      },
    ],
  ];
}

/** Fields in the order of Transmission's own answer. */
export const SESSION_FIELDS: ReadonlyMap<string, SessionField> = new Map<string, SessionField>([
  alternativeRate("alt_speed_down", "limits.alternative_down"),
  ["alt_speed_enabled", { read: ({ service }) => service.session.view().isAlternativeLimits }],
  ...SCHEDULE_FIELDS.map((name): [string, SessionField] => [
    name,
    { read: (context) => readAltSchedule(context.service)[name] },
  ]),
  alternativeRate("alt_speed_up", "limits.alternative_up"),
  ["anti_brute_force_enabled", constant(true)],
  ["anti_brute_force_threshold", constant(100)],
  ["blocklist_enabled", constant(false)],
  ["blocklist_size", constant(0)],
  ["blocklist_url", constant("")],
  ["cache_size_mib", constant(0)],
  ["config_dir", { read: ({ stateFolder }) => stateFolder }],
  ["default_trackers", constant("")],
  flag("dht_enabled", "network.dht"),
  folder("download_dir", "downloads.folder", "download directory path"),
  ["download_dir_free_space", { read: ({ service }) => service.session.view().freeBytes ?? -1 }],
  ["download_queue_enabled", queueSwitch("download_queue_enabled")],
  count("download_queue_size", "queue.downloads_max"),
  // The least that it can say; there is none.
  ["encryption", { read: ({ dialect }) => (dialect === "json-rpc" ? "allowed" : "tolerated") }],
  ...switched({
    name: "idle_seeding_limit",
    switchName: "idle_seeding_limit_enabled",
    key: "share.idle_minutes",
    off: -1,
    toOurs: Math.trunc,
    toTheirs: (ours) => ours,
  }),
  ...incompleteFolder(),
  flag("lpd_enabled", "network.lsd"),
  count("peer_limit_global", "network.connections_max", CONNECTIONS_MAX),
  count("peer_limit_per_torrent", "network.torrent_connections_max", TORRENT_CONNECTIONS_MAX),
  peerPort(),
  ["peer_port_random_on_start", { read: (context) => setting(context, "network.port") === 0 }],
  ["pex_enabled", constant(true)],
  flag("port_forwarding_enabled", "network.port_mapping"),
  ["preferred_transports", constant(["tcp"])],
  ["queue_stalled_enabled", { read: (context) => setting(context, "queue.enabled") === true }],
  count("queue_stalled_minutes", "queue.rotate_minutes"),
  ["rename_partial_files", constant(false)],
  ["reqq", constant(2000)],
  ["rpc_version", constant(RPC_VERSION)],
  ["rpc_version_minimum", constant(RPC_VERSION_MINIMUM)],
  ["rpc_version_semver", constant(RPC_VERSION_SEMVER)],
  ...script("script_torrent_added", "added"),
  ...script("script_torrent_done", "completed"),
  ["script_torrent_done_seeding_enabled", constant(false)],
  ["script_torrent_done_seeding_filename", constant("")],
  ["seed_queue_enabled", { read: (context) => isQueued(context, "queue.seeds_max") }],
  count("seed_queue_size", "queue.seeds_max"),
  ...switched({
    name: "seed_ratio_limit",
    switchName: "seed_ratio_limited",
    key: "share.ratio",
    off: -1,
    toOurs: (theirs) => Math.max(0, theirs),
    toTheirs: (ours) => ours,
  }),
  ["sequential_download", constant(false)],
  ["session_id", { read: ({ sessionId }) => sessionId }],
  ...rate("speed_limit_down", "speed_limit_down_enabled", "limits.down"),
  ...rate("speed_limit_up", "speed_limit_up_enabled", "limits.up"),
  [
    "start_added_torrents",
    {
      read: (context) => setting(context, "downloads.start") !== "stop",
      write: (args, patch) => {
        const value = args.bool("start_added_torrents");
        if (value !== undefined) patch["downloads.start"] = value ? "start" : "stop";
      },
    },
  ],
  ["tcp_enabled", constant(true)],
  ["trash_original_torrent_files", constant(false)],
  [
    "units",
    constant({
      speed_units: ["B/s", "kB/s", "MB/s", "GB/s", "TB/s"],
      speed_bytes: 1000,
      size_units: ["B", "kB", "MB", "GB", "TB"],
      size_bytes: 1000,
      memory_units: ["B", "KiB", "MiB", "GiB", "TiB"],
      memory_bytes: 1024,
    }),
  ],
  ["utp_enabled", constant(false)],
  // Clients take the first number in it for Transmission's own version, and switch features on by that.
  ["version", { read: ({ service }) => `4.1.0 (Torrential ${service.session.view().version})` }],
]);

/** The one that peers reach, which may be another than was set. */
function peerPort(): readonly [string, SessionField] {
  const [name, field] = count("peer_port", "network.port");
  return [name, { ...field, read: ({ service }) => service.session.view().listenPort }];
}

/** Our queue is one; theirs has a switch for each direction. The one for downloads is ours. */
function queueSwitch(name: string): SessionField {
  return {
    read: (context) => isQueued(context, "queue.downloads_max"),
    write: (args, patch) => {
      const value = args.bool(name);
      if (value !== undefined) patch["queue.enabled"] = value;
    },
  };
}

function isQueued(context: MethodContext, sizeKey: string): boolean {
  return setting(context, "queue.enabled") === true && numberSetting(context.service.settings.all(), sizeKey) > 0;
}

function incompleteFolder(): readonly (readonly [string, SessionField])[] {
  const key = "downloads.incomplete_folder";
  const [name, field] = folder("incomplete_dir", key, "incomplete torrents directory path");
  return [
    [name, field],
    [
      "incomplete_dir_enabled",
      {
        read: (context) => setting(context, key) !== "",
        write: (args, patch) => {
          if (args.bool("incomplete_dir_enabled") === false) patch[key] = "";
        },
      },
    ],
  ];
}
