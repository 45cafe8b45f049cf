/** The service: torrents that outlive the process, and everything that an API can ask about them. */
export type { Settings } from "./config/definitions.ts";
export { Daemon, type DaemonOptions, startDaemon } from "./daemon.ts";
export type * from "./service/changes.ts";
export { ServiceError, type ServiceErrorCode } from "./service/errors.ts";
export type * from "./service/queries.ts";
export type * from "./service/service.ts";
export type * from "./service/torrent-view.ts";
