/** The daemon that served this page, and what is kept of its answers. */
import { ApiClient, ApiError } from "@torrential/api";
import { QueryClient } from "@tanstack/react-query";
import { translate } from "../i18n/language.ts";

/** Where the page lies, with any base path of a proxy. */
export const client: ApiClient = new ApiClient({ url: new URL(".", document.baseURI).href });

export const queries: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      refetchOnWindowFocus: false,
      // What the daemon refused it will refuse again; what did not arrive may arrive.
      retry: (count, error) => !(error instanceof ApiError) && count < 2,
    },
  },
});

/** One sentence for people: the daemon's own, in the page's language where it has one. */
export function describeError(error: unknown): string {
  // What fetch throws when nobody answers; each browser in words of its own.
  if (error instanceof TypeError) return translate("error.unreachable", error.message);
  if (error instanceof ApiError) return translate(`error.${error.code}`, error.message);
  return error instanceof Error ? error.message : String(error);
}
