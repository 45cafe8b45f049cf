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
  const all = networkInterfaces();
  const chosen = name === "" ? Object.values(all).flat() : (all[name] ?? []);
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
  if (mode === undefined) throw new QbError(400, "Invalid mode");
  try {
    return json(await service.folders.list(path, mode));
  } catch (error) {
    // Folders outside the configured roots are as if they were not there.
    if (error instanceof ServiceError) throw new QbError(404, "Directory does not exist");
    throw error;
  }
};

export const cookies: Handler = () => json([]);
export const setCookies: Handler = () => DONE;
export const sendTestEmail: Handler = () => DONE;
