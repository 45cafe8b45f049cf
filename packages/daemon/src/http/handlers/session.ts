/** The daemon as a whole: session, history, log, folders, jobs. */
import type { Handlers } from "../handler.ts";
import { makeOpenApi } from "../openapi.ts";
import { ApiProblem } from "../problems.ts";
import { attachment } from "./torrent.ts";

export const sessionHandlers: Handlers<
  | "showSession"
  | "showRates"
  | "setAlternativeLimits"
  | "shutDown"
  | "listHistory"
  | "showOpenApi"
  | "readLog"
  | "showLogLevels"
  | "setLogLevels"
  | "listRoots"
  | "showSpace"
  | "listFolder"
> = {
  showSession: (_call, { service }) => service.session.view(),

  showRates: ({ query }, { service }) => service.session.rates(query.span ?? "minute"),

  setAlternativeLimits: async ({ body }, { service }) => {
    await service.session.setAlternativeLimits(body.isOn ?? undefined);
    return service.session.view();
  },

  shutDown: ({ reply }, { service }) => {
    // The answer first: it ends the server that sends it.
    reply.raw.once("finish", () => service.session.shutdown());
    return undefined;
  },

  listHistory: ({ query }, { service }) => {
    const { after, before, limit = 100 } = query;
    if (after !== undefined) return service.history.since(after, { limit });
    return service.history.latest({ limit, ...(before === undefined ? {} : { before }) });
  },

  showOpenApi: (_call, { version }) => makeOpenApi(version),

  readLog: ({ query }, { logs }) => logs.latest(query),
  showLogLevels: (_call, { logs }) => logs.levels(),
  setLogLevels: ({ body }, { logs }) => {
    logs.setLevels(body);
    return logs.levels();
  },

  listRoots: (_call, { service }) => service.folders.roots(),

  showSpace: async ({ query }, { service }) => {
    const space = await service.folders.space(query.path);
    if (space === undefined) throw new ApiProblem("not-found", `${query.path} is not there`);
    return space;
  },

  listFolder: async ({ query }, { service }) => await service.folders.list(query.path, query.kind ?? "folders"),
};

export const jobHandlers: Handlers<"listJobs" | "createTorrentFile" | "showJob" | "cancelJob" | "readJobResult"> = {
  listJobs: (_call, { jobs }) => jobs.list(),
  createTorrentFile: async ({ body }, { jobs }) => await jobs.create(body),
  showJob: ({ params }, { jobs }) => jobs.get(params.job),
  cancelJob: ({ params }, { jobs }) => {
    jobs.cancel(params.job);
    return undefined;
  },
  readJobResult: ({ params }, { jobs }) => ({
    body: jobs.result(params.job),
    headers: { "content-disposition": attachment(`${params.job}.torrent`) },
  }),
};
