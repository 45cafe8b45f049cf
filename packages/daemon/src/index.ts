/** The service: torrents that outlive the process, and everything that an API can ask about them. */
export type { Settings } from "./config/definitions.ts";
export { Daemon, type DaemonOptions, startDaemon } from "./daemon.ts";
export type * from "./service/changes.ts";
export { ServiceError, type ServiceErrorCode } from "./service/errors.ts";
export type * from "./service/queries.ts";
export type * from "./service/service.ts";
export type * from "./service/torrent-view.ts";
export { describeListen, type HttpOptions, type ListenAddress, parseListen } from "./http/options.ts";
export type { PageFile, PageFiles } from "./http/plain-routes.ts";
export { ADDRESS_FILE, serveDaemon, type ServeOptions } from "./http/serve-daemon.ts";
export { type DoorParts, type HttpServer, type HttpServerOptions, startHttp, type Surface } from "./http/server.ts";
export { type Log, Logs, type LogsOptions } from "./log/log.ts";
export { makeSurfaces } from "./compat/surfaces.ts";
export { addOtherPages, type OtherPages, readPage } from "./http/page-files.ts";
export { STATE_VERSION } from "./state/migrations.ts";
