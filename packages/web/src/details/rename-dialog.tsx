/** A new name for a file of a torrent. */
import type { Torrent } from "@torrential/api";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../live/client.ts";
import { Labelled } from "../ui/labelled.tsx";
import { Modal } from "../ui/modal.tsx";
import { useAct } from "../ui/use-act.ts";

export interface RenameDialogProps {
  readonly torrent: Torrent;
  readonly path: string;
  readonly onClose: () => void;
}

export function RenameDialog({ torrent, path, onClose }: RenameDialogProps): React.JSX.Element {
  const { t } = useTranslation();
  const act = useAct();
  const [to, setTo] = useState(path);
  return (
    <Modal title={t("rename.title")} isOpen onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          const params = { ref: torrent.infoHash };
          act(() => client.call("renamePath", { params, body: { from: path, to } }), { message: t("rename.done") });
        }}
      >
        <Labelled label={t("rename.to")}>
          {(ids) => (
            <input {...ids} className="field" required value={to} onChange={(event) => setTo(event.target.value)} />
          )}
        </Labelled>
        <button type="submit" className="button button-main self-end">
          {t("save")}
        </button>
      </form>
    </Modal>
  );
}
