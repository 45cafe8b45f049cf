/** `search/…`: there are no search plugins, and the original says so in these words. */
import { DONE, type Handler, json, QbError } from "./http.ts";

export const plugins: Handler = () => json([]);
export const searchStatus: Handler = ({ params }) => {
  if (params.int("id") !== undefined) throw new QbError(404, "Not Found");
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
export const refusePlugins: Handler = () => {
  throw new QbError(403, "Search plugins are not supported.");
};
export const updatePlugins: Handler = () => DONE;
