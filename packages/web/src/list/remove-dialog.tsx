/** Asks what becomes of the data; what is removed can be had back for an hour. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRoute } from "../app/route.ts";
import { client } from "../live/client.ts";
import { Modal } from "../ui/modal.tsx";
import { useToast } from "../ui/toasts.tsx";
import { useAct } from "../ui/use-act.ts";
import { countSelected, NOTHING_SELECTED, type Selection } from "./selection.ts";
import { useActions } from "./use-actions.ts";

export interface RemoveDialogProps {
  readonly selection: Selection;
  readonly total: number;
  readonly onClose: () => void;
  readonly onSelection: (selection: Selection) => void;
}

export function RemoveDialog({ selection, total, onClose, onSelection }: RemoveDialogProps): React.JSX.Element {
  const { t } = useTranslation();
  const [deleteData, setDeleteData] = useState(false);
  const [route, go] = useRoute();
  const run = useActions(selection);
  const show = useToast();
  const act = useAct();
  const remove = async (): Promise<void> => {
    onClose();
    const result = await run("remove", { deleteData, trash: true });
    if (result === undefined || result.done.length === 0) return;
    onSelection(NOTHING_SELECTED);
    if (route.torrent !== undefined && result.done.includes(route.torrent)) go({ torrent: undefined, tab: undefined });
    const restore = async (): Promise<void> => {
      for (const ref of result.done) await client.call("restoreTorrent", { params: { ref } });
    };
    const undo = { label: t("undo"), run: () => act(restore, { message: t("remove.restored") }) };
    show({ message: t("remove.done", { count: result.done.length }), action: undo });
  };
  return (
    <Modal title={t("remove.title", { count: countSelected(selection, total) })} isOpen onClose={onClose}>
      <p>{t("remove.text")}</p>
      <label className="flex items-center gap-2">
        <input type="checkbox" checked={deleteData} onChange={(event) => setDeleteData(event.target.checked)} />
        {t("remove.deleteData")}
      </label>
      {deleteData && <p className="text-warn">{t("remove.trashHint")}</p>}
      <div className="flex justify-end gap-2">
        <button type="button" className="button" onClick={onClose}>
          {t("cancel")}
        </button>
        <button type="button" data-first className="button button-bad" onClick={() => void remove()}>
          {t("remove.confirm")}
        </button>
      </div>
    </Modal>
  );
}
