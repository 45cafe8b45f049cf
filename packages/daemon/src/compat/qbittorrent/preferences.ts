/** `app/preferences` and `app/setPreferences`: qBittorrent's names for our settings. */
import type { Service, SettingValue } from "../../service/service.ts";
import {
  CONNECTIONS_MAX,
  hookSetting,
  listSetting,
  numberSetting,
  type SettingValues,
  textSetting,
  TORRENT_CONNECTIONS_MAX,
} from "../settings.ts";
import { DONE, type Handler, json, QbError } from "./http.ts";
import { CONSTANT_PREFERENCES } from "./preferences-constants.ts";
import { keepWishes, readKept } from "./preferences-kept.ts";
import { readSchedule, SCHEDULE_PREFERENCES, writeSchedule } from "./preferences-schedule.ts";

type Patch = Record<string, SettingValue>;
/** What a client sent, by preference. */
export type Wishes = ReadonlyMap<string, unknown>;

interface Preference {
  readonly read: (settings: SettingValues, service: Service) => unknown;
  readonly write?: (value: unknown, patch: Patch, wishes: Wishes) => void;
}

function flag(key: string): Preference {
  return {
    read: (settings) => settings[key] === true,
    write: (value, patch) => {
      if (typeof value === "boolean") patch[key] = value;
    },
  };
}

function count(key: string, unit = 1): Preference {
  return {
    read: (settings) => Math.round(numberSetting(settings, key) / unit),
    write: (value, patch) => {
      if (typeof value === "number" && Number.isFinite(value)) patch[key] = Math.max(0, Math.trunc(value)) * unit;
    },
  };
}

/** Our 0 is their -1: no limit. */
function countOrNone(key: string, absent = 0): Preference {
  return {
    read: (settings) => numberSetting(settings, key, absent) || -1,
    write: (value, patch) => {
      if (typeof value === "number" && Number.isFinite(value)) patch[key] = Math.max(0, Math.trunc(value));
    },
  };
}

function textOf(key: string): Preference {
  return {
    read: (settings) => textSetting(settings, key),
    write: (value, patch) => {
      if (typeof value === "string") patch[key] = value;
    },
  };
}

/** A limit of sharing and its switch; ours is -1 when it is off. Clients send either or both. */
function shareLimit(name: string, key: string): readonly (readonly [string, Preference])[] {
  return [
    [`${name}_enabled`, { read: (settings) => numberSetting(settings, key, -1) >= 0, write: writeSwitch(name, key) }],
    [
      name,
      {
        read: (settings) => numberSetting(settings, key, -1),
        write: (value, patch, wishes) => {
          if (typeof value === "number" && wishes.get(`${name}_enabled`) !== false) patch[key] = Math.max(-1, value);
        },
      },
    ],
  ];
}

function writeSwitch(name: string, key: string): NonNullable<Preference["write"]> {
  return (value, patch, wishes) => {
    if (value === false) patch[key] = -1;
    else if (value === true && typeof wishes.get(name) !== "number") patch[key] = 0;
  };
}

/** A folder and its switch; ours is "" when it is off. */
function folder(enabledName: string, name: string, key: string): readonly (readonly [string, Preference])[] {
  return [
    [
      enabledName,
      {
        read: (settings) => settings[key] !== "",
        write: (value, patch) => {
          if (value === false) patch[key] = "";
        },
      },
    ],
    [
      name,
      {
        read: (settings) => textSetting(settings, key),
        write: (value, patch, wishes) => {
          if (typeof value === "string" && wishes.get(enabledName) !== false) patch[key] = value;
        },
      },
    ],
  ];
}

/** In the order of the original: 0 stop, 1 remove, 2 super-seed, 3 remove with data. */
const ACTIONS = ["stop", "remove", "super-seed", "remove-data"] as const;
/** The original's names for our layouts. */
const LAYOUTS: ReadonlyMap<string, string> = new Map([
  ["original", "Original"],
  ["subfolder", "Subfolder"],
  ["no-subfolder", "NoSubfolder"],
]);

/** PROMISES C3: programs are named in the config file only; what is there already may be said again. */
function program(enabledName: string, name: string, event: string): readonly (readonly [string, Preference])[] {
  return [
    [enabledName, { read: (settings) => hookSetting(settings, event).length > 0 }],
    [
      name,
      {
        read: (settings) => hookSetting(settings, event).join(" "),
        write: (value) => {
          if (typeof value === "string" && value !== "") {
            throw new QbError(403, "Programs to run can be set in the config file only");
          }
        },
      },
    ],
  ];
}

const PREFERENCES: ReadonlyMap<string, Preference> = new Map<string, Preference>([
  [
    "add_stopped_enabled",
    {
      read: (settings) => settings["downloads.start"] === "stop",
      write: (value, patch) => {
        if (typeof value === "boolean") patch["downloads.start"] = value ? "stop" : "start";
      },
    },
  ],
  [
    "torrent_content_layout",
    {
      read: (settings) => LAYOUTS.get(textSetting(settings, "downloads.layout")) ?? "Original",
      write: (value, patch) => {
        for (const [ours, theirs] of LAYOUTS) if (theirs === value) patch["downloads.layout"] = ours;
      },
    },
  ],
  ["auto_tmm_enabled", flag("downloads.auto_managed")],
  ["save_path", textOf("downloads.folder")],
  ...folder("temp_path_enabled", "temp_path", "downloads.incomplete_folder"),
  ["export_dir", textOf("downloads.torrent_copy_folder")],
  ["scan_dirs", { read: describeWatchFolders }],
  ...program("autorun_on_torrent_added_enabled", "autorun_on_torrent_added_program", "added"),
  ...program("autorun_enabled", "autorun_program", "completed"),
  ["listen_port", count("network.port")],
  ["random_port", { read: (settings) => settings["network.port"] === 0 }],
  ["upnp", flag("network.port_mapping")],
  ["max_connec", countOrNone("network.connections_max", CONNECTIONS_MAX)],
  ["max_connec_per_torrent", countOrNone("network.torrent_connections_max", TORRENT_CONNECTIONS_MAX)],
  ["dl_limit", count("limits.down")],
  ["up_limit", count("limits.up")],
  ["alt_dl_limit", count("limits.alternative_down")],
  ["alt_up_limit", count("limits.alternative_up")],
  ["limit_tcp_overhead", flag("limits.count_overhead")],
  ["limit_lan_peers", flag("limits.lan")],
  ["dht", flag("network.dht")],
  ["pex", { read: () => true }],
  ["lsd", flag("network.lsd")],
  ["queueing_enabled", flag("queue.enabled")],
  ["max_active_checking_torrents", count("queue.checks_max")],
  ["max_active_downloads", countOrNone("queue.downloads_max")],
  ["max_active_uploads", countOrNone("queue.seeds_max")],
  ["max_active_torrents", countOrNone("queue.active_max")],
  ["dont_count_slow_torrents", { read: () => true }],
  ["slow_torrent_dl_rate_threshold", count("queue.slow_down", 1024)],
  ["slow_torrent_ul_rate_threshold", count("queue.slow_up", 1024)],
  ["slow_torrent_inactive_timer", { read: () => 60 }],
  ...shareLimit("max_ratio", "share.ratio"),
  ...shareLimit("max_seeding_time", "share.seeding_minutes"),
  ...shareLimit("max_inactive_seeding_time", "share.idle_minutes"),
  [
    "max_ratio_act",
    {
      read: (settings) =>
        Math.max(
          0,
          ACTIONS.findIndex((action) => action === settings["share.action"]),
        ),
      write: (value, patch) => {
        const action = typeof value === "number" ? ACTIONS[value] : undefined;
        if (action !== undefined) patch["share.action"] = action;
      },
    },
  ],
  ["web_ui_domain_list", { read: (settings) => listSetting(settings, "http.allowed_hosts").join(";") }],
  ["web_ui_address", { read: (settings) => listenOf(settings).address }],
  ["web_ui_port", { read: (settings) => listenOf(settings).port }],
  ["use_https", { read: (settings) => settings["http.tls_cert"] !== "" }],
  ["web_ui_https_cert_path", { read: (settings) => textSetting(settings, "http.tls_cert") }],
  ["web_ui_https_key_path", { read: (settings) => textSetting(settings, "http.tls_key") }],
  ["web_ui_username", { read: () => "admin" }],
  ["web_ui_reverse_proxy_enabled", { read: (settings) => listSetting(settings, "http.trusted_proxies").length > 0 }],
  ["web_ui_reverse_proxies_list", { read: (settings) => listSetting(settings, "http.trusted_proxies").join(";") }],
  ["current_interface_address", { read: (settings) => textSetting(settings, "network.bind") }],
  ["async_io_threads", { read: (settings) => numberSetting(settings, "engine.disk_threads") }],
  ["dht_bootstrap_nodes", { read: (settings) => listSetting(settings, "network.dht_bootstrap").join(", ") }],
]);

export const preferences: Handler = (_, { service }) => {
  const settings = service.settings.all();
  const mapped = [...PREFERENCES].map(([name, { read }]) => [name, read(settings, service)] as const);
  return json({
    ...CONSTANT_PREFERENCES,
    ...readKept(service.store),
    ...Object.fromEntries(mapped),
    ...readSchedule(settings),
  });
};

/** Unknown ones are passed over, as are those that mean nothing here. */
export const setPreferences: Handler = async ({ params, isSudo }, { service }) => {
  const wishes = parseWishes(params.required("json"));
  const known = service.settings.all();
  const patch: Patch = {};
  for (const [name, value] of wishes) PREFERENCES.get(name)?.write?.(value, patch, wishes);
  if (SCHEDULE_PREFERENCES.some((name) => wishes.has(name))) Object.assign(patch, writeSchedule(wishes, known));
  // A page sends all it has: only what is another value is a change, and may need the password.
  const changes = Object.entries(patch).filter(
    ([key, value]) => Object.hasOwn(known, key) && isOther(known[key], value),
  );
  if (changes.length > 0) await service.settings.update(Object.fromEntries(changes), { isSudo });
  await keepWishes(wishes, service.store);
  return DONE;
};

/** Bad JSON changes nothing, and is no error: as the original has it. */
function parseWishes(text: string): Wishes {
  try {
    const value = JSON.parse(text) as unknown;
    return new Map(typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : []);
  } catch (error) {
    if (error instanceof SyntaxError) return new Map();
    throw error;
  }
}

function isOther(present: SettingValue | undefined, next: SettingValue): boolean {
  return JSON.stringify(present) !== JSON.stringify(next);
}

function listenOf(settings: SettingValues): { readonly address: string; readonly port: number } {
  const first = listSetting(settings, "http.listen")[0] ?? "";
  const colon = first.lastIndexOf(":");
  return { address: first.slice(0, Math.max(0, colon)), port: Number(first.slice(colon + 1)) || 0 };
}

/** By path: 0 for the folder itself, 1 for the default, or where its torrents go. */
function describeWatchFolders(settings: SettingValues): Readonly<Record<string, string | number>> {
  const folders = settings["watch.folders"];
  if (!Array.isArray(folders)) return {};
  const entries = (folders as readonly unknown[]).flatMap((entry): [string, string | number][] => {
    if (typeof entry !== "object" || entry === null || !("path" in entry)) return [];
    const target = "folder" in entry ? String(entry.folder) : "";
    return [[String(entry.path), target === "" ? 1 : target === entry.path ? 0 : target]];
  });
  return Object.fromEntries(entries);
}
