/** Carries out what is done to the chosen torrents, and says of how many it was done. */
import type { BulkResult, TorrentAction } from "@torrential/api";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useRoute } from "../app/route.ts";
import { client, describeError, queries } from "../live/client.ts";
import { useToast } from "../ui/toasts.tsx";
import { type Selection, targetOf } from "./selection.ts";

export type RunAction = (
  action: TorrentAction["action"],
  more?: Partial<TorrentAction>,
) => Promise<BulkResult | undefined>;

export function useActions(selection: Selection): RunAction {
  const { t } = useTranslation();
  const show = useToast();
  const [route] = useRoute();
  return useCallback<RunAction>(
    async (action, more) => {
      try {
        const body = { ...more, action, ...targetOf(selection, route.filter) };
        const result = await client.call("actOnTorrents", { body });
        const [first] = result.failed;
        if (first !== undefined) {
          const message = t("action.failed", { count: result.failed.length, message: first.message });
          show({ message, isError: true });
        }
        await queries.invalidateQueries();
        return result;
      } catch (error) {
        show({ message: describeError(error), isError: true });
        return undefined;
      }
    },
    [selection, route.filter, show, t],
  );
}
