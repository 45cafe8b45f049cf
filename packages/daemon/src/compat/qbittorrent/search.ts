/** `search/…`: there are no search plugins, and the original says so in these words. */
import { ServiceError } from "../../service/errors.ts";
import { DONE, type Handler, json, QbError } from "./http.ts";

export const plugins: Handler = () => json([]);

export const searchStatus: Handler = ({ params }) => {
  if (params.long("id") !== 0) throw new QbError(404, "Not Found");
  return json([]);
};

export const startSearch: Handler = ({ params }) => {
  for (const name of ["pattern", "category", "plugins"]) params.required(name);
  throw new QbError(409, "No search plugins are installed.");
};

export const unknownSearch: Handler = ({ params }) => {
  params.required("id");
  throw new QbError(404, "Not Found");
};

/** Plugins are programs from the network: none can be installed here (PROMISES C3). */
export const installPlugin: Handler = ({ params }) => {
  params.required("sources");
  throw new QbError(403, "Search plugins are not supported.");
};

/** There is none to remove. */
export const uninstallPlugin: Handler = ({ params }) => {
  params.required("names");
  return DONE;
};

export const enablePlugin: Handler = ({ params }) => {
  for (const name of ["names", "enable"]) params.required(name);
  return DONE;
};

/** None is older than it could be. */
export const updatePlugins: Handler = () => DONE;

/** What a plugin would fetch, we fetch ourselves: a magnet link, or the URL of a torrent file. */
export const downloadTorrent: Handler = async ({ params }, { service }) => {
  const [url] = [params.required("torrentUrl"), params.required("pluginName")];
  try {
    const isLink = /^https?:/i.test(url);
    await service.torrents.add({ source: isLink ? { type: "url", url } : { type: "magnet", uri: url } });
  } catch (error) {
    // Told in the log there, and to nobody who asked.
    if (!(error instanceof ServiceError)) throw error;
  }
  return DONE;
};
