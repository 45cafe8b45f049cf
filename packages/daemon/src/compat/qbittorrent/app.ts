/** `app/…`: versions, folders, network interfaces, shutdown. */
import { networkInterfaces } from "node:os";
import { isAbsolute } from "node:path";
import { ServiceError } from "../../service/errors.ts";
import { textSetting } from "../settings.ts";
import { DONE, type Handler, json, QbError, text } from "./http.ts";

/** The newest pair that every client accepts; behaviour is exactly that of this release. */
export const APP_VERSION = "v5.1.4";
export const WEB_API_VERSION = "2.11.4";

export const version: Handler = () => text(APP_VERSION);
export const webApiVersion: Handler = () => text(WEB_API_VERSION);

/** Of libraries that we do not have: clients compare libtorrent's to know which features there are. */
export const buildInfo: Handler = () =>
  json({
    bitness: 64,
    boost: "1.86.0",
    libtorrent: "2.0.11.0",
    openssl: process.versions.openssl,
    platform: process.platform,
    qt: "6.8.2",
    zlib: process.versions.zlib,
  });

export const defaultSavePath: Handler = (_, { service }) =>
  text(textSetting(service.settings.all(), "downloads.folder"));

export const shutdown: Handler = (_, { service }) => {
  service.session.shutdown();
  return DONE;
};

export const networkInterfaceList: Handler = () =>
  json(Object.keys(networkInterfaces()).map((name) => ({ name, value: name })));

export const networkInterfaceAddresses: Handler = ({ params }) => {
  const name = params.required("iface");
  const all = new Map(Object.entries(networkInterfaces()));
  const chosen = name === "" ? [...all.values()].flat() : (all.get(name) ?? []);
  return json(chosen.flatMap((entry) => entry?.address ?? []));
};

const MODES: ReadonlyMap<string, "all" | "folders" | "files"> = new Map([
  ["all", "all"],
  ["dirs", "folders"],
  ["files", "files"],
]);

export const directoryContent: Handler = async ({ params }, { service }) => {
  const path = params.required("dirPath");
  if (!isAbsolute(path)) throw new QbError(400, "Invalid directory path");
  const mode = MODES.get(params.text("mode") ?? "all");
  try {
    const entries = await service.folders.list(path, mode ?? "all");
    if (mode === undefined) throw new QbError(400, "Invalid mode, allowed values: all, dirs, files");
    return json(entries);
  } catch (error) {
    // Folders outside the configured roots are as if they were not there.
    if (error instanceof ServiceError) throw new QbError(404, "Directory does not exist");
    throw error;
  }
};

export const cookies: Handler = () => json([]);

/** Looked at, and not kept: a torrent file is fetched with the cookie that comes with its URL, or none. */
export const setCookies: Handler = ({ params }) => {
  const sent = parseJson(params.required("cookies"));
  if (!Array.isArray(sent)) throw new QbError(400, "cookies must be array");
  const isCookie = (each: unknown): boolean => typeof each === "object" && each !== null && !Array.isArray(each);
  if (!(sent as readonly unknown[]).every(isCookie)) throw new QbError(400, "Bad Request");
  return DONE;
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new QbError(400, error.message);
    throw error;
  }
}

export const sendTestEmail: Handler = () => DONE;
