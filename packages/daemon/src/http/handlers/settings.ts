/** Settings, the archive of all state, and what a page saves for itself. */
import { Readable } from "node:stream";
import type { Settings } from "@torrential/api";
import type { Service } from "../../service/service.ts";
import { digest, makeEtag } from "../etag.ts";
import type { Handlers } from "../handler.ts";
import { ApiProblem } from "../problems.ts";

const VIEWS_AREA = "views";
const VIEWS_MAX = 64;

export const settingsHandlers: Handlers<
  | "showSettings"
  | "updateSettings"
  | "showSettingsSchema"
  | "reloadSettings"
  | "exportArchive"
  | "importArchive"
  | "showSavedView"
  | "saveView"
> = {
  showSettings: (call, { service }) => {
    const settings = readSettings(service);
    call.setEtag(makeEtag({ editable: digest(settings) }));
    return settings;
  },

  updateSettings: async (call, { service, now }) => {
    call.setEtag(makeEtag({ editable: digest(readSettings(service)) }));
    const isSudo = (call.principal?.sudoUntil ?? 0) > now();
    await service.settings.update(call.body, { isSudo });
    const after = readSettings(service);
    call.reply.header("etag", makeEtag({ editable: digest(after) }));
    return after;
  },

  showSettingsSchema: (_call, { service }) => service.settings.schema(),

  reloadSettings: async (_call, { service }) => ({ changed: await service.settings.reload() }),

  exportArchive: (_call, { service }) => ({
    body: Readable.from(service.archive.export()),
    headers: { "content-disposition": 'attachment; filename="torrential.json"' },
  }),

  importArchive: async ({ body, principal }, { service, now }) =>
    await service.archive.import(body, { isSudo: (principal?.sudoUntil ?? 0) > now() }),

  showSavedView: ({ params }, { service }) => {
    const text = service.store.get(VIEWS_AREA, params.view);
    if (text === undefined) throw new ApiProblem("not-found", `view ${JSON.stringify(params.view)}: nothing was saved`);
    return JSON.parse(text);
  },

  saveView: async ({ params, body }, { service }) => {
    const views = service.store.list(VIEWS_AREA);
    if (!views.has(params.view) && views.size >= VIEWS_MAX) {
      throw new ApiProblem("conflict", `there are ${VIEWS_MAX} views already`);
    }
    await service.store.set(VIEWS_AREA, params.view, JSON.stringify(body));
    return undefined;
  },
};

function readSettings({ settings }: Service): Settings {
  const values = settings.all();
  const origins = Object.fromEntries(Object.keys(values).map((key) => [key, settings.origin(key)]));
  return { values, origins };
}
