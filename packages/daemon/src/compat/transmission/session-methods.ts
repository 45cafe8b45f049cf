/** Methods of the session: read and change it, count, free space, and the ones that have no meaning here. */
import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { ServiceError } from "../../service/errors.ts";
import type { SettingValue } from "../../service/service.ts";
import { writeAltSchedule } from "./alt-schedule.ts";
import { RpcError } from "./errors.ts";
import type { Method } from "./method.ts";
import { canonicalName } from "./names.ts";
import { SESSION_FIELDS } from "./session-fields.ts";

export const sessionGet: Method = (args, context) => {
  const asked = args.texts("fields")?.map(canonicalName);
  const names = asked === undefined ? SESSION_FIELDS.keys() : new Set(asked);
  const answer: Record<string, unknown> = {};
  for (const name of names) {
    const field = SESSION_FIELDS.get(name);
    if (field !== undefined) answer[name] = field.read(context);
  }
  return Promise.resolve(answer);
};

/** What is unknown, read-only or not ours is passed over, as Transmission does. */
export const sessionSet: Method = async (args, context) => {
  const patch: Record<string, SettingValue> = writeAltSchedule(args, context.service);
  for (const name of args.names) SESSION_FIELDS.get(name)?.write?.(args, patch, context);
  const known = context.service.settings.all();
  const changes = Object.entries(patch).filter(([key]) => Object.hasOwn(known, key));
  if (changes.length > 0) {
    await context.service.settings.update(Object.fromEntries(changes), { isSudo: context.isSudo });
  }
  const isAlternative = args.bool("alt_speed_enabled");
  if (isAlternative !== undefined) await context.service.session.setAlternativeLimits(isAlternative);
  return {};
};

export const sessionStats: Method = (_, { service }) => {
  const view = service.session.view();
  const { all, states } = service.torrents.counts();
  const stopped = states.stopped ?? 0;
  return Promise.resolve({
    active_torrent_count: view.activeTorrents,
    paused_torrent_count: stopped,
    torrent_count: all,
    download_speed: Math.round(view.downRate),
    upload_speed: Math.round(view.upRate),
    cumulative_stats: {
      uploaded_bytes: view.totalUploadedBytes,
      downloaded_bytes: view.totalDownloadedBytes,
      files_added: view.totalAdded,
      session_count: view.totalStarts,
      seconds_active: Math.floor(view.totalActiveMs / 1000),
    },
    current_stats: {
      uploaded_bytes: view.uploadedBytes,
      downloaded_bytes: view.downloadedBytes,
      files_added: view.torrents,
      session_count: 1,
      seconds_active: Math.floor((Date.now() - view.startedAtMs) / 1000),
    },
  });
};

export const sessionClose: Method = (_, { service }) => {
  service.session.shutdown();
  return Promise.resolve({});
};

export const freeSpace: Method = async (args, { service }) => {
  const path = args.text("path");
  if (path === undefined || path === "") throw new RpcError("invalid-params", "directory path argument is missing");
  if (!isAbsolute(path)) throw new RpcError("path-not-absolute", "directory path is not absolute");
  const space = await lookUp(() => service.folders.space(path));
  // The service answers for the nearest parent; the original does not.
  if (space === undefined || !existsSync(path)) {
    const nothing = { path, size_bytes: -1, total_size: -1 };
    throw new RpcError("system-error", "No such file or directory", nothing);
  }
  return { path, size_bytes: space.freeBytes, total_size: space.totalBytes };
};

/** A folder outside the configured roots is as if it were not there. */
async function lookUp<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ServiceError && error.code === "path-refused") return undefined;
    throw error;
  }
}

/** Transmission asks a server of its project. We say what we know ourselves, and nothing when we don't. */
export const portTest: Method = (args, { service }) => {
  const protocol = args.text("ip_protocol");
  if (protocol !== undefined && protocol !== "ipv4" && protocol !== "ipv6") {
    throw new RpcError("invalid-params", "invalid ip protocol string");
  }
  const beside = protocol === undefined ? {} : { ip_protocol: protocol };
  const { isReachable } = service.session.view();
  if (isReachable === undefined) {
    throw new RpcError("http-error", "Couldn't test port: No Response (0)", beside);
  }
  return Promise.resolve({ port_is_open: isReachable, ...beside });
};

/** There is no blocklist: as Transmission answers with none configured. */
export const blocklistUpdate: Method = () => {
  throw new RpcError("http-error", "blocklist update failed: no blocklist URL is set");
};
