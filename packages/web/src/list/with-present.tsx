/** A dialog about the chosen torrents that begins with what is set, where it is of a single one. */
import type { Torrent } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { Modal } from "../ui/modal.tsx";
import type { EditDialogProps } from "./edit-form.tsx";
import { countSelected } from "./selection.ts";

export interface PresentProps extends EditDialogProps {
  /** Of several none: what is left alone stays as each has it. */
  readonly present: Torrent | undefined;
}

interface WithPresentProps extends EditDialogProps {
  /** While it loads. */
  readonly title: string;
  readonly form: (props: PresentProps) => React.JSX.Element;
}

export function WithPresent({ title, form: Form, ...props }: WithPresentProps): React.JSX.Element {
  const { selection, total, onClose } = props;
  const { t } = useTranslation();
  const [only] = countSelected(selection, total) === 1 && !selection.isAll ? selection.hashes : [];
  const present = useQuery({
    queryKey: ["torrent", only],
    queryFn: () => client.call("showTorrent", { params: { ref: only ?? "" } }),
    enabled: only !== undefined,
  });
  if (only === undefined || present.data !== undefined) return <Form {...props} present={present.data} />;
  return (
    <Modal title={title} isOpen onClose={onClose}>
      <p className="text-dim">{present.isError ? describeError(present.error) : t("loading")}</p>
    </Modal>
  );
}
